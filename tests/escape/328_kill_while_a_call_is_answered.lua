-- expect: finished; quota: cpu_per_turn=60ms
-- The callee of a call is killed while it works: the caller is told who and why, and goes on.
local skynet = require "skynet"
local core = require "skynet.core"
local support = require "support"
skynet.start(function()
  for _, how in ipairs { "loop", "pcall", "sort" } do
    local child = core.spawn_function("callee", function()
      local skynet = require "skynet"
      skynet.start(function()
        skynet.dispatch("lua", function(_, _, how)
          if how == "pcall" then while true do pcall(error) end end
          if how == "sort" then table.sort({ 3, 2, 1 }, function() while true do end end) end
          while true do end
        end)
      end)
    end)
    support.refused("was killed: cpu_per_turn", skynet.call, child, "lua", how)
    support.refused("invalid address", skynet.call, child, "lua", how)
  end
  support.held()
  skynet.exit()
end)
