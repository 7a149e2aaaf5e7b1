-- expect: finished; connect: *:*
-- "*" is every public address. Loopback, link-local, private and special ranges stay shut in every
-- spelling; a spelling that is no address is a name, checked after it was resolved.
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  for _, host in ipairs {
    "127.0.0.1", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "017700000001",
    "0177.0.0.1", "localhost", "LOCALHOST", "::1", "[::1]", "::",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "fe80::1", "fe80::1%lo", "fd00::1", "fc00::1", "ff02::1", "169.254.169.254",
    "[::ffff:a9fe:a9fe]", "2852039166", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1",
    "198.18.0.1", "192.0.2.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "unix:/run/x.sock", "/run/x.sock", "@abstract", "127.0.0.1\0.example.org",
    "127.0.0.1\r\nHost: x", " 127.0.0.1", "127.0.0.1 ", "127.0.0.1/8", "[127.0.0.1]", "\xff", "",
    "::127.0.0.1", "::7f00:1", "fec0::1", "2001:db8::1", "2001::1", "0.1.2.3",
  } do
    local id, problem = socket.open(host, 80)
    assert(not id, "ESCAPED: connected to " .. host)
    assert(type(problem) == "string")
  end
  for _, port in ipairs { 0, -1, 65536, 1 << 32 | 80, math.mininteger } do
    local ok, id = pcall(socket.open, "192.0.2.1", port)
    assert(not ok or not id)
  end
  for _, port in ipairs { 0.5, "x", {}, 1e100 } do assert(not pcall(socket.open, "192.0.2.1", port)) end
  print "held"
  skynet.exit()
end)
