-- expect: finished; quota: memory=2MiB
-- The heap is filled to its last bytes, then messages, timers and answers come: each is an error at
-- most, never the end of the host.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
  local victim = core.spawn_function("victim", function()
    local skynet = require "skynet"
    skynet.start(function()
      skynet.dispatch("lua", function(_, _, what)
        if what == "fill" then
          pcall(function() while true do keep = { keep } end end)
          skynet.ret()
        else
          skynet.retpack(#what)
        end
      end)
      skynet.timeout(2, function() end)
    end)
  end)
  pcall(skynet.call, victim, "lua", "fill")
  local failed = 0
  for i = 1, 50 do
    if not pcall(skynet.call, victim, "lua", ("m"):rep(i * 1000)) then failed = failed + 1 end
    skynet.send(victim, "lua", { { {} } })
  end
  assert(failed > 0)
  skynet.sleep(3)
  print "held"
  skynet.exit()
end)
