-- expect: finished; quota: coroutines=50
-- A request that finds no coroutine is answered with an error: the caller doesn't wait for ever.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
  local child = core.spawn_function("busy", function()
    local skynet = require "skynet"
    skynet.start(function()
      skynet.dispatch("lua", function() skynet.wait() end)
    end)
  end)
  for _ = 1, 200 do skynet.send(child, "lua") end
  local ok, problem = pcall(skynet.call, child, "lua")
  assert(not ok, problem)
  print "held"
  skynet.exit()
end)
