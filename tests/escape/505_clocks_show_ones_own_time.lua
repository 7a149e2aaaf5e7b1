-- expect: finished
-- os.clock is the CPU time of the service: what another one burns meanwhile is not in it.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
  local burner = core.spawn_function("burner", function()
    local skynet = require "skynet"
    skynet.start(function()
      skynet.dispatch("lua", function()
        local began = os.clock()
        while os.clock() - began < 0.15 do end
        skynet.ret()
      end)
    end)
  end)
  local before = os.clock()
  skynet.call(burner, "lua")
  assert(os.clock() - before < 0.1, "ESCAPED: the other's time is in it")
  local date = os.date("*t")
  assert(date.isdst == false and os.date("%Z") ~= nil)
  print "held"
  skynet.exit()
end)
