-- expect: finished; quota: cpu_per_turn=300ms
-- Many turns together may take longer than one: the limit is on each.
local skynet = require "skynet"
skynet.start(function()
  local began = os.clock()
  while os.clock() - began < 0.6 do
    for _ = 1, 1e5 do end
    skynet.yield()
  end
  print "held"
  skynet.exit()
end)
