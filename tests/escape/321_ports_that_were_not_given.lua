-- expect: finished; listen: 127.0.0.1:1
-- One address and port may be listened on: no other, no wildcard, no port of the host's choice.
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  for _, host in ipairs { "127.0.0.1", "0.0.0.0", "::", "::1", "localhost", "127.0.0.2", "" } do
    for _, port in ipairs { 0, 22, 80, 8080, -1, 65536, 1 << 16 | 1 } do
      assert(not pcall(socket.listen, host, port), "ESCAPED: listens on " .. host .. ":" .. port)
    end
    if host ~= "127.0.0.1" and host ~= "localhost" then assert(not pcall(socket.listen, host, 1)) end
  end
  print "held"
  skynet.exit()
end)
