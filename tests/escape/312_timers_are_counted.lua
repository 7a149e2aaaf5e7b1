-- expect: finished; quota: timers=100
-- All kinds of timers and sleeps together; odd delays are an error or as good as none.
local skynet = require "skynet"
local moonward = require "moonward"
local support = require "support"
skynet.start(function()
  for _, delay in ipairs { 0 / 0, -1, -1 / 0, math.mininteger, "x", {}, print } do
    assert(not pcall(moonward.after, delay, print), tostring(delay))
    assert(not pcall(moonward.every, delay, print))
  end
  support.refused("seconds from 0", moonward.after, 1 / 0, print)
  support.refused("0.001", moonward.every, 0.0001, print)
  support.refused("function expected", moonward.after, 1, nil)
  for _, delay in ipairs { 1 / 0, 2 ^ 63, 1e308, math.maxinteger } do skynet.timeout(delay, print) end
  local fired = 0
  for _, delay in ipairs { 0 / 0, -1, -1 / 0, math.mininteger, 1e-9 } do
    skynet.timeout(delay, function() fired = fired + 1 end)
  end
  while fired < 5 do skynet.sleep(0) end
  local made = 0
  support.refused("quota timers", function()
    for _ = 1, 101 do
      skynet.timeout(100000, print)
      made = made + 1
    end
  end)
  assert(made == 96 and moonward.usage().timers == 100, made)
  support.refused("quota timers", skynet.sleep, 1)
  support.refused("quota timers", moonward.after, 1, print)
  support.refused("quota timers", moonward.call, 1, skynet.self(), "lua")
  support.held()
  skynet.exit()
end)
