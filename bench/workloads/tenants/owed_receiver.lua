-- The other end of owed.lua's messages.
local skynet = require "skynet"
local percentiles = require "percentiles"
local times = {}
skynet.start(function()
  skynet.dispatch("lua", function(_, _, sent)
    if sent == "report" then
      percentiles.report("owed", times)
      skynet.ret()
    else
      times[#times + 1] = skynet.hpc() - sent
    end
  end)
end)
