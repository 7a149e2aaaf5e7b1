-- expect: finished
-- What a script yields is the script's; from a task there is nobody to yield to.
local skynet = require "skynet"
local support = require "support"
support.refused("outside a coroutine", coroutine.yield, "spawn", "/etc/passwd", 1e9)
skynet.start(function()
  support.refused("outside a coroutine", coroutine.yield, "CALL", 1)
  local co = coroutine.wrap(function(...) return coroutine.yield(...) end)
  assert(co("SLEEP", 1, 2) == "SLEEP")
  for _, forged in ipairs { "CALL", "RETURN", "EXIT", "QUIT", "USER" } do
    skynet.fork(function() coroutine.yield(forged, 1) end)
  end
  skynet.sleep(1)
  support.held()
  skynet.exit()
end)
