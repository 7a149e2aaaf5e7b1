-- expect: finished
-- Nothing to listen on, nowhere to connect, no name to look up: not even the look-up is done.
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  for _, host in ipairs { "127.0.0.1", "localhost", "example.org", "::1", "0.0.0.0", "" } do
    local id = socket.open(host, 80)
    assert(not id, "ESCAPED: connected to " .. host)
    assert(not pcall(socket.listen, host, 0) and not pcall(socket.listen, host, 8080))
    assert(not pcall(socket.resolve, host))
  end
  for _, name in ipairs { "udp", "bind", "stdin", "unix", "connect", "accept" } do
    assert(socket[name] == nil or not pcall(socket[name], "127.0.0.1", 53), name)
  end
  print "held"
  skynet.exit()
end)
