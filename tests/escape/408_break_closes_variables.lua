-- expect: finished
-- 5.4.4: break out of a generic for whose body makes a closure left its to-be-closed variable open.
local closed = 0
local closer = setmetatable({}, { __close = function() closed = closed + 1 end })
local function leave()
  for k in next, { 1 }, nil, closer do
    local function _() return k end
    break
  end
  return closed
end
assert(leave() == 1)
local function deep(n)
  if n > 0 then return (deep(n - 1)) end
  leave()
  return 0
end
for _ = 1, 20 do
  local co = coroutine.wrap(function()
    pcall(deep, 3000)
    collectgarbage()
    for _ = 1, 10 do local y <close> = closer end
    coroutine.yield()
  end)
  co()
  co()
end
assert(closed == 1 + 20 * 11, closed)
print "held"
