-- tcp_echo PORT: one service that sends back what it reads, a task a connection.
local skynet = require "skynet"
local socket = require "skynet.socket"

local port = ...
skynet.start(function()
  local listener = socket.listen("127.0.0.1", math.tointeger(tonumber(port)), 1024)
  socket.start(listener, function(id)
    socket.start(id)
    while true do
      local data = socket.read(id)
      if not data then break end
      socket.write(id, data)
    end
    socket.close(id)
  end)
  print "listening"
end)
