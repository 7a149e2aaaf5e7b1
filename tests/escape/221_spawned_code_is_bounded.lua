-- expect: finished; quota: source_bytes=8KiB
-- The code of a service made of a function counts as source text.
local core = require "skynet.core"
local support = require "support"
require("skynet").start(function()
  local long = load("local t = {" .. ("'abcdefghijklmnop'..x,"):rep(300) .. "}")
  support.refused("quota source_bytes", core.spawn_function, "long", long)
  support.refused("a Lua function expected", core.spawn_function, "native", print)
  local upvalue = {}
  support.refused("must not use the upvalue", core.spawn_function, "closure", function() return upvalue end)
  support.held()
  require("skynet").exit()
end)
