-- What runs after what when a task waits: woken tasks first, then forks, each in order; then the
-- next message. A timer of 0 goes behind the messages that are there already.

local skynet = require "skynet"

skynet.dispatch("lua", function(_, _, text)
  print("message", text)
  skynet.fork(print, "fork of message", text)
end)

skynet.start(function()
  local self = skynet.self()
  for i = 1, 2 do
    skynet.fork(function()
      skynet.wait("token" .. i)
      print("woken", i)
    end)
  end
  skynet.sleep(1) -- both wait now

  skynet.send(self, "lua", "first")
  skynet.send(self, "lua", "second")
  skynet.timeout(0, function() print "timer 0" end)
  skynet.send(self, "lua", "third")
  skynet.fork(print, "fork", 1)
  skynet.wakeup "token2"
  skynet.fork(print, "fork", 2, nil, "with holes", nil)
  skynet.wakeup "token1"
  print "start yields"
  skynet.yield()
  print "start again"
  skynet.timeout(3, function() print "timer 3" end)
  skynet.timeout(1, function() print "timer 1" end)
  skynet.timeout(2, function() print "timer 2" end)
  skynet.timeout(-5, function() print "timer -5" end)
  skynet.sleep(6)
  skynet.exit()
  print "never"
end)
