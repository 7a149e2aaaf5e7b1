-- loop [DELAY]: a runaway, after DELAY in 1/100 s. It never gives up its core by itself.
local skynet = require "skynet"
local delay = tonumber((...) or 0)
skynet.start(function()
  if delay > 0 then skynet.sleep(delay) end
  while true do end
end)
