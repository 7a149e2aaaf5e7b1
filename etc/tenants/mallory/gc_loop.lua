-- Loops inside a finalizer. The interpreter runs those with hooks off, so no interrupt reaches it;
-- the kill does.
setmetatable({}, { __gc = function() while true do end end })
collectgarbage()
