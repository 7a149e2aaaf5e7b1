-- memory [COUNT]...: starts idle services up to each COUNT and says so. The harness then reads the process's
-- resident memory and asks for more by connecting to PORT (the first argument).
local skynet = require "skynet"
local socket = require "skynet.socket"

local port, counts = ..., { select(2, ...) }
skynet.start(function()
  local running, me, asked = 0, coroutine.running(), 0
  local listener = socket.listen("127.0.0.1", math.tointeger(tonumber(port)))
  socket.start(listener, function(id)
    socket.close_fd(id)
    asked = asked + 1
    skynet.wakeup(me)
  end)
  print "ready 0"
  for step, count in ipairs(counts) do
    while asked < step do skynet.wait(me) end
    for _ = running + 1, math.tointeger(tonumber(count)) do skynet.newservice "idle" end
    running = math.tointeger(tonumber(count))
    print("ready " .. running)
  end
end)
