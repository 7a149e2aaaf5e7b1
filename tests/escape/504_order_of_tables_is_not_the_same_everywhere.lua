-- expect: finished
-- The seed of string hashes comes from the kernel, for each state: one service's order of keys tells
-- nothing of another's.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
  local orders, different = {}, 0
  for i = 1, 8 do
    local child = core.spawn_function("child" .. i, function()
      local skynet = require "skynet"
      skynet.start(function()
        skynet.dispatch("lua", function()
          local t, order = {}, {}
          for k = 1, 40 do t["key" .. k] = k end
          for _, k in next, t do order[#order + 1] = k end
          skynet.retpack(table.concat(order, ","))
        end)
      end)
    end)
    local order = skynet.call(child, "lua")
    if not orders[order] then different = different + 1 end
    orders[order] = true
  end
  assert(different >= 7, "ESCAPED: the same seed in several services")
  print "held"
  skynet.exit()
end)
