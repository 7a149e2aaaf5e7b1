-- kill_cycles PORT CYCLES: starts a service that fills a heap, and kills it, CYCLES times; says "warm" after a
-- tenth of them and "cold" at the end, each time waiting for a connection to PORT before it goes on, so that the
-- harness can read the process's resident memory.
local skynet = require "skynet"
require "skynet.manager"
local socket = require "skynet.socket"

local port, cycles = ...
cycles = math.tointeger(tonumber(cycles))
skynet.start(function()
  local me, asked = coroutine.running(), 0
  local listener = socket.listen("127.0.0.1", math.tointeger(tonumber(port)))
  socket.start(listener, function(id)
    socket.close_fd(id)
    asked = asked + 1
    skynet.wakeup(me)
  end)
  local function cycle(n)
    for _ = 1, n do
      local victim = skynet.newservice "heap"
      skynet.call(victim, "lua", 2000)
      skynet.kill(victim)
    end
  end
  cycle(cycles // 10)
  print "warm"
  while asked < 1 do skynet.wait(me) end
  local t = skynet.hpc()
  cycle(cycles - cycles // 10)
  print(("kill_cycles %.6g 1/s"):format((cycles - cycles // 10) / (skynet.hpc() - t) * 1e9))
  print "cold"
end)
