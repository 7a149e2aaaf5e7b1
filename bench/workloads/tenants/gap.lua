-- gap NAME COUNT: gives up its core and notes how long it takes until it's back. On one worker with one runaway in the
-- same tenant that is the time for which the runaway held the core.
local skynet = require "skynet"
local percentiles = require "percentiles"
local name, count = ...
skynet.start(function()
  skynet.fork(function()
    local gaps = {}
    while #gaps < tonumber(count) do
      local t = skynet.hpc()
      skynet.yield()
      local gap = skynet.hpc() - t
      -- A shorter one: several messages of one mailbox in one slice, and nobody else ran meanwhile.
      if gap > 200000 then gaps[#gaps + 1] = gap end
    end
    percentiles.report(name, gaps)
    print "done"
  end)
end)
