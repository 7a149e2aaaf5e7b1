-- expect: finished
-- A name stays with who took it first; global names, and names for others, want a permission.
local skynet = require "skynet"
local core = require "skynet.core"
local support = require "support"
require "skynet.manager"
skynet.start(function()
  local child = core.spawn_function("child", function()
    local skynet = require "skynet"
    skynet.register ".db"
    skynet.start(function()
      skynet.dispatch("lua", function() skynet.retpack "child" end)
    end)
  end)
  skynet.register ".db"
  assert(skynet.localname ".db" == child and skynet.call(".db", "lua") == "child")
  for _, name in ipairs { "db", "DB", "", ":1", "12", "shop.api", "\27[2J" } do
    assert(not pcall(skynet.register, name), name)
  end
  support.refused("register_global", skynet.name, ".theirs", child)
  support.refused("register_global", skynet.register, "global")
  support.refused("64 bytes", skynet.register, "." .. ("n"):rep(64))
  skynet.register ".l\u{43e}gger"
  assert(skynet.localname ".logger" == nil)
  support.held()
  skynet.exit()
end)
