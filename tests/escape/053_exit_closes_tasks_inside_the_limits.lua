-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
-- skynet.exit closes the other tasks: their handlers are still the script's time.
local skynet = require "skynet"
skynet.start(function()
  skynet.fork(function()
    local x <close> = setmetatable({}, { __close = function() while true do end end })
    skynet.wait()
  end)
  skynet.timeout(1, skynet.exit)
end)
