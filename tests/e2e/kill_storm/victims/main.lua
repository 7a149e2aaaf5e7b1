local skynet = require "skynet"
local KILLS <const> = require "kills"

skynet.start(function()
  for seed = 1, 2 do skynet.newservice("reaper", KILLS // 2, seed) end
end)
