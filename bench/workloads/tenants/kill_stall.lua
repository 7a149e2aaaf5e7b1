-- kill_stall COUNT TABLES: kills services that hold so many small tables, and notes how long the next call to another
-- service takes. On one worker, whoever gives the heap back delays that call.
local skynet = require "skynet"
require "skynet.manager"
local count, tables = ...
skynet.start(function()
  local other = skynet.newservice "victim"
  local worst = 0
  for _ = 1, tonumber(count) do
    local victim = skynet.newservice "victim"
    skynet.call(victim, "lua", "fill", math.tointeger(tonumber(tables)))
    local t = skynet.hpc()
    skynet.kill(victim)
    skynet.call(other, "lua", "fill", 0)
    worst = math.max(worst, skynet.hpc() - t)
  end
  print(("kill_stall %.6g ms"):format(worst / 1e6))
  print "done"
end)
