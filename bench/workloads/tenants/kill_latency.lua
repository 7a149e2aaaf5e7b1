-- kill_latency COUNT TURN_MS C_CALL_MS: calls services that run away, and notes by how much the call's error comes
-- later than the limit: in a loop (cpu_per_turn), and in one library call (cpu_per_c_call).
local skynet = require "skynet"
local percentiles = require "percentiles"
local count, turn_ms, c_call_ms = ...
skynet.start(function()
  for name, limit in pairs { loop = turn_ms, c_call = c_call_ms } do
    local late = {}
    for i = 1, tonumber(count) do
      local victim = skynet.newservice "victim"
      local t = skynet.hpc()
      assert(not pcall(skynet.call, victim, "lua", name))
      late[i] = skynet.hpc() - t - tonumber(limit) * 1000000
    end
    percentiles.report("kill_" .. name .. "_late", late)
  end
  print "done"
end)
