-- Timers in order, cancelled, and periodic.

local skynet = require "skynet"
local moonward = require "moonward"
local try = require "support".try

skynet.start(function()
  local me = coroutine.running()
  for _, ticks in ipairs { 4, 2, 3, 1, 0 } do
    skynet.timeout(ticks, function() print("timeout", ticks) end)
  end
  skynet.timeout(5, function() skynet.wakeup(me) end)
  skynet.wait()
  local begin = skynet.now()
  skynet.sleep(6)
  print("slept", skynet.now() - begin >= 5)

  local cancelled = moonward.after(0.01, function() print "never" end)
  print("cancel", cancelled:cancel(), cancelled:cancel())
  local count = 0
  local ticker
  ticker = moonward.every(0.01, function()
    count = count + 1
    print("tick", count)
    if count == 3 then
      print("cancel", ticker:cancel())
      moonward.after(0.03, function() skynet.wakeup(me) end)
    end
  end)
  skynet.wait()
  local once = moonward.after(0.005, function()
    print "after"
    skynet.wakeup(me)
  end)
  skynet.wait()
  print("cancel what has run", once:cancel())

  local fork = skynet.fork(function() print("woken", moonward.sleep(10)) end)
  skynet.yield()
  skynet.wakeup(fork)
  skynet.yield()

  print("clock", math.abs(skynet.time() - os.time()) < 2, math.type(skynet.hpc()))
  print("starttime", math.type(skynet.starttime()))
  try("no function", skynet.timeout, 1)
  try("period of nothing", moonward.every, 0, print)
end)
