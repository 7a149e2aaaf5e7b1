-- Always 50 timers, of 10 ms to 500 ms; of those that fire some start a service and call it.
local skynet = require "skynet"

local function tick()
  skynet.timeout(math.random(1, 50), tick)
  if math.random(50) == 1 then
    local ok, worker = pcall(skynet.newservice, "worker")
    if ok then pcall(skynet.call, worker, "lua", math.random(2) == 1) end
  end
end

skynet.start(function()
  for _ = 1, 50 do tick() end
end)
