local skynet = require "skynet"
local plan = require "plan"

skynet.start(function()
  for seed = 1, 2 do skynet.newservice("reaper", plan.kills // 2, seed) end
end)
