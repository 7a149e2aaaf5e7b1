-- expect: finished; quota: coroutines=20000
-- 5.4.4: closing a coroutine in the __close of another, thousands deep, was not counted as C calls.
local previous, closed = nil, 0
for _ = 1, 2500 do
  local below = previous
  previous = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function()
      closed = closed + 1
      if below then assert(coroutine.close(below)) end
    end })
    coroutine.yield()
  end)
  assert(coroutine.resume(previous))
end
local ok, problem = coroutine.close(previous)
assert(ok == false and tostring(problem):find "C stack overflow" and closed < 250, problem)
print "held"
