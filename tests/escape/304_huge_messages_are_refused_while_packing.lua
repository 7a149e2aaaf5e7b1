-- expect: finished; quota: message_bytes=64KiB, memory=8MiB
-- One string of a megabyte, a hundred thousand references to it, as many numbers: all refused at the
-- limit, before they are built.
local skynet = require "skynet"
local support = require "support"
local big = ("x"):rep(1 << 20)
local many, numbers = {}, {}
for i = 1, 50000 do
  many[i] = big
  numbers[i] = 2 ^ 53 + 0.5
end
for _, pack in ipairs { skynet.pack, skynet.packstring } do
  support.refused("message_bytes", pack, big)
  support.refused("message_bytes", pack, many)
  support.refused("message_bytes", pack, numbers)
  support.refused("message_bytes", pack, { { { big } } })
end
skynet.start(function()
  local to = skynet.self()
  support.refused("message_bytes", skynet.send, to, "lua", many)
  support.refused("message_bytes", skynet.call, to, "lua", numbers)
  support.refused("message_bytes", skynet.rawsend, to, "lua", big)
  support.refused("message_bytes", skynet.rawcall, to, "lua", big)
  support.refused("message_bytes", skynet.redirect, to, to, "lua", 0, big)
  support.refused("message_bytes", require("skynet.core").inject, 10, big)
  skynet.dispatch("lua", function() skynet.ret(big) end)
  assert(not pcall(skynet.call, to, "lua"))
  skynet.dispatch("lua", function() skynet.retpack(many) end)
  assert(not pcall(skynet.call, to, "lua"))
  support.held()
  skynet.exit()
end)
