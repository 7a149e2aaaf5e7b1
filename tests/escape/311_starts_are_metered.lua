-- expect: finished; quota: tenant.spawn_rate=5/s
-- Children that die at once, started again and again by their parent.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
  local refused = 0
  for i = 1, 40 do
    local _, problem = pcall(core.spawn_function, "dies" .. i, function() error "die" end)
    if problem:find "quota spawn_rate" then refused = refused + 1 end
  end
  assert(refused > 0, "ESCAPED: forty starts at once")
  print "held"
  skynet.exit()
end)
