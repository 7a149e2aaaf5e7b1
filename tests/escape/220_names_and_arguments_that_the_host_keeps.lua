-- expect: finished; quota: message_bytes=64KiB; permit: register_global
-- What the host copies into its own memory is bounded: names of services, types and modules, how
-- many names a service has, arguments, callbacks for sockets that don't exist.
local skynet = require "skynet"
local core = require "skynet.core"
local socket = require "skynet.socket"
local support = require "support"
local big = ("n"):rep(1 << 20)
skynet.start(function()
  support.refused("128 bytes", core.spawn_function, big, function() end)
  support.refused("128 bytes", core.spawn_function, "", function() end)
  support.refused("quota message_bytes", skynet.newservice, "support", big)
  support.refused("quota message_bytes", core.spawn_function, "x", function() end, big)
  support.refused("newservice", skynet.newservice, big)
  support.refused("128 bytes", skynet.register_protocol, { name = big, id = 100 })
  support.refused("64 bytes", skynet.register, "." .. big)
  support.refused("64 bytes", skynet.register, big)
  support.refused("names already", function()
    for i = 1, 1000 do skynet.register(".name" .. i) end
  end)
  skynet.register ".name1"
  support.refused("names already", skynet.register, ".another")
  support.refused("quota sockets", function()
    for i = 1, 1000 do socket.onclose(i, print) end
  end)
  for i = 1, 1000 do socket.onclose(i, nil) end
  socket.onclose(1, print)
  support.refused("255 bytes", require, big)
  support.held()
  skynet.exit()
end)
