-- expect: finished; permit: redirect, kill
-- Without the permission a source is one's own; with it, a service of the tenant. Answers that were
-- never asked for, errors, socket events, starts and timers can be sent, and are not believed.
local skynet = require "skynet"
local core = require "skynet.core"
local support = require "support"
skynet.start(function()
  local me = skynet.self()
  local victim = core.spawn_function("victim", function()
    local skynet = require "skynet"
    local woken = 0
    skynet.register_protocol { name = "forged", id = 200, unpack = function(m) return m end, pack = tostring, dispatch = print }
    skynet.start(function()
      skynet.dispatch("lua", function(_, source, what)
        if what == "count" then skynet.retpack(woken) end
      end)
      skynet.fork(function()
        skynet.sleep(100000)
        woken = woken + 1
      end)
      skynet.fork(function()
        skynet.wait "token"
        woken = woken + 1
      end)
      skynet.timeout(100000, function() woken = woken + 1 end)
    end)
  end)
  for _, source in ipairs { 12345, -1, 1 << 40, victim + 1 } do
    support.refused("no service of this tenant", skynet.redirect, victim, source, "lua", 1, "x")
  end
  for _, session in ipairs { -1, 1 << 31, math.mininteger, math.maxinteger } do
    support.refused("out of range", skynet.redirect, victim, me, "lua", session, "x")
  end
  for _, name in ipairs { "socket", "system", "harbor", "multicast", "client", "trace", "snax", "queue" } do
    if name == "trace" then goto next end
    pcall(skynet.register_protocol, { name = name, id = skynet["PTYPE_" .. name:upper()], pack = tostring })
    for _, session in ipairs { 0, 1 << 30 } do
      pcall(skynet.redirect, victim, me, name, session, ("\1\0\0\0"):rep(8))
      pcall(skynet.redirect, victim, me, name, session, "")
    end
    ::next::
  end
  assert(skynet.call(victim, "lua", "count") == 0, "ESCAPED: a forged message woke a task")
  require "skynet.manager"
  assert(skynet.kill(victim))
  support.held()
  skynet.exit()
end)
