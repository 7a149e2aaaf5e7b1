-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
-- coroutine.close, and wrap after an error, run __close handlers: where hooks may be off.
local function endless()
  local x <close> = setmetatable({}, { __close = function() while true do end end })
  coroutine.yield()
end
local co = coroutine.create(endless)
coroutine.resume(co)
pcall(coroutine.close, co)
