-- expect: finished
-- Whoever loads a module wakes those that wait for it: none of them may be gone by then.
local skynet = require "skynet"
package.preload.slow = function()
  skynet.sleep(2)
  return {}
end
skynet.start(function()
  skynet.fork(require, "slow")
  local waiting, done = {}, 0
  for i = 1, 60 do
    waiting[i] = skynet.fork(function()
      require "slow"
      done = done + 1
    end)
  end
  skynet.sleep(0)
  local killed = 0
  for i = 1, 60 do
    if skynet.killthread(waiting[i]) then killed = killed + 1 end
  end
  while done + killed < 60 do skynet.sleep(1) end
  print "held"
  skynet.exit()
end)
