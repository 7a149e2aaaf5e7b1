-- expect: finished; quota: tenant.max_services=5, tenant.spawn_rate=1000/s
local skynet = require "skynet"
local core = require "skynet.core"
local support = require "support"
skynet.start(function()
  support.refused("quota services", function()
    for i = 1, 6 do
      core.spawn_function("child" .. i, function() require("skynet").start(function() end) end)
    end
  end)
  assert(require("moonward").usage().tenant.services == 5)
  support.held()
  skynet.exit()
end)
