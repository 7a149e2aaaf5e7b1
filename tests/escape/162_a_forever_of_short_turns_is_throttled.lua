-- expect: finished; quota: tenant.cpu=0.25
-- A loop of messages to itself breaks no limit on a turn: the tenant's share of cores holds it.
local skynet = require "skynet"
local moonward = require "moonward"
skynet.start(function()
  local rounds = 0
  skynet.dispatch("lua", function()
    rounds = rounds + 1
    for _ = 1, 1000 do end
    skynet.send(skynet.self(), "lua")
  end)
  skynet.send(skynet.self(), "lua")
  local began, cpu = moonward.now(), moonward.usage().cpu
  skynet.sleep(60)
  local elapsed, used = moonward.now() - began, moonward.usage().cpu - cpu
  assert(used < elapsed * 0.6, "ESCAPED: it used " .. used .. " of " .. elapsed)
  assert(rounds > 0)
  print "held"
  skynet.exit()
end)
