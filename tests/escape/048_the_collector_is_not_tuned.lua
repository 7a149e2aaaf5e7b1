-- expect: finished
-- collect, step, count; nothing that stops the collector or changes when it works.
local support = require "support"
for _, what in ipairs { "stop", "restart", "incremental", "generational", "setpause", "setstepmul" } do
  support.refused("not available in the sandbox", collectgarbage, what, 100, 100, 10)
end
support.refused("invalid option", collectgarbage, "inc")
assert(collectgarbage "isrunning" == true)
for _ = 1, 200000 do local _ = {} end
assert(collectgarbage "count" < 15 * 1024)
support.held()
