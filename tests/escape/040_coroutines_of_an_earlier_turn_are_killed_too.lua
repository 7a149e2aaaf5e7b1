-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
local skynet = require "skynet"
local old = coroutine.create(function()
  coroutine.yield()
  while true do end
end)
coroutine.resume(old)
skynet.start(function()
  skynet.sleep(1)
  coroutine.resume(old)
end)
