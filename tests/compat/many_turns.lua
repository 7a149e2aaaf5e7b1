-- exec: --quota cpu_per_turn=150ms
-- Many turns that are each within their limit may take any time together.
local skynet = require "skynet"

local function work() for _ = 1, 20000 do end end

skynet.start(function()
  local done = 0
  for _ = 1, 4 do
    skynet.fork(function()
      local stop = skynet.hpc() + 600 * 1000 * 1000
      while skynet.hpc() < stop do
        work()
        skynet.yield()
      end
      done = done + 1
      if done == 4 then print "all within their limits" end
    end)
  end
end)
