-- The same, and whatever ends it shall be caught: a kill is no error, so nothing here ever sees it.
local function loop()
  local guard <close> = setmetatable({}, { __close = function() while true do end end })
  while true do
  end
end

while true do
  pcall(loop)
  xpcall(loop, loop)
  coroutine.wrap(loop)()
end
