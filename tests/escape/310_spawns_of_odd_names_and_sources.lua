-- expect: finished
local skynet = require "skynet"
local core = require "skynet.core"
local support = require "support"
skynet.start(function()
  for _, name in ipairs { "", ".", "..", "../support", "/etc/passwd", "a/../b", "a//b", "a\0b", "a b",
    "\27[2J", "support\n", ("x"):rep(500), ".launcher", "C:x" } do
    assert(not pcall(skynet.newservice, name), name)
  end
  support.refused("no service", skynet.newservice, "absent")
  support.refused("malformed", function()
    error(select(2, pcall(skynet.unpack, "\27Lua")), 0)
  end)
  support.refused("boom", core.spawn_function, "dies", function() error "boom" end)
  support.refused("boom", core.spawn_function, "dies", function()
    require("skynet").start(function() error "boom" end)
  end)
  support.held()
  skynet.exit()
end)
