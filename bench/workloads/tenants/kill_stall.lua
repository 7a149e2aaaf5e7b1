-- kill_stall COUNT TABLES: kills services that hold so many small tables, and calls another service all the time in the
-- 50 ms after it; tells the longest call. On one worker, whoever gives the heap back delays such a call.
local skynet = require "skynet"
require "skynet.manager"
local count, tables = ...
skynet.start(function()
  local other = skynet.newservice "victim"
  local worst = 0
  for _ = 1, tonumber(count) do
    local victim = skynet.newservice "victim"
    skynet.call(victim, "lua", "fill", math.tointeger(tonumber(tables)))
    local start = skynet.hpc()
    skynet.kill(victim)
    local now = start
    while now < start + 50000000 do
      skynet.call(other, "lua", "fill", 0)
      local after = skynet.hpc()
      worst = math.max(worst, after - now)
      now = after
    end
  end
  print(("kill_stall %.6g ms"):format(worst / 1e6))
  print "done"
end)
