-- expect: finished; quota: tenant.max_services=30, tenant.spawn_rate=1000/s
-- Each child starts two more: all of them count for the one tenant.
local skynet = require "skynet"
local core = require "skynet.core"
local moonward = require "moonward"
skynet.start(function()
  local source = [[
    local core = require "skynet.core"
    local skynet = require "skynet"
    local source = ...
    skynet.start(function()
      for _ = 1, 2 do skynet.fork(pcall, core.spawn_function, "bomb", load(source), source) end
    end)
  ]]
  core.spawn_function("bomb", load(source), source)
  while moonward.usage().tenant.services < 30 do skynet.sleep(1) end
  for _ = 1, 20 do
    skynet.yield()
    assert(moonward.usage().tenant.services <= 30, "ESCAPED")
  end
  print "held"
  skynet.exit()
end)
