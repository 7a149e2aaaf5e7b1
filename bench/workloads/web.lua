-- web PORT: answers every request with a short text and keeps connections open. The connections are shared out among
-- agents, as Skynet's sample web server does it.
local skynet = require "skynet"
local socket = require "skynet.socket"

local port = ...
skynet.start(function()
  local agents, turn = {}, 0
  for i = 1, 20 do agents[i] = skynet.newservice "web_agent" end
  local listener = socket.listen("127.0.0.1", math.tointeger(tonumber(port)), 1024)
  socket.start(listener, function(id)
    turn = turn % #agents + 1
    skynet.send(agents[turn], "lua", id)
  end)
  print "listening"
end)
