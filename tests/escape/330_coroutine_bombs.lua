-- expect: finished; quota: coroutines=500, memory=8MiB
-- Coroutines in coroutines, each with tasks and waits of its own.
local skynet = require "skynet"
skynet.start(function()
  local depth = 0
  local function nest()
    depth = depth + 1
    return coroutine.wrap(nest)()
  end
  assert(not pcall(nest) and depth > 50 and depth < 500)
  local alive = {}
  local ok, problem = pcall(function()
    for i = 1, 1000 do
      alive[i] = coroutine.create(function() coroutine.yield() end)
      coroutine.resume(alive[i])
    end
  end)
  assert(not ok and problem:find "quota coroutines")
  alive = nil
  local waiting = 0
  ok, problem = pcall(function()
    for _ = 1, 1000 do
      skynet.fork(skynet.wait)
      waiting = waiting + 1
    end
  end)
  assert(not ok and problem:find "quota coroutines" and waiting < 500)
  print "held"
  skynet.exit()
end)
