-- expect: finished; permit: kill; quota: tenant.spawn_rate=1000000/s
-- Kills of children that are starting, answering, dying; sends to them; exits in callbacks.
local skynet = require "skynet"
local core = require "skynet.core"
require "skynet.manager"
skynet.start(function()
  for i = 1, 60 do
    local ok, child = pcall(core.spawn_function, "child" .. i, function()
      local skynet = require "skynet"
      skynet.start(function()
        skynet.dispatch("lua", function(_, source, how)
          if how == "exit" then skynet.exit() end
          if how == "call" then skynet.call(source, "lua") end
          skynet.retpack(how)
        end)
      end)
    end)
    assert(ok, child)
    skynet.dispatch("lua", function()
      skynet.kill(child)
      skynet.retpack()
    end)
    skynet.send(child, "lua", "x")
    local call = pcall(skynet.call, child, "lua", i % 3 == 0 and "exit" or "call")
    assert(not call)
    skynet.kill(child)
    assert(not skynet.send(child, "lua", "x"))
    assert(not pcall(skynet.call, child, "lua", "x"))
  end
  print "held"
  skynet.exit()
end)
