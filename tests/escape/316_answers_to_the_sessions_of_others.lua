-- expect: finished; permit: redirect
-- A bystander of another service's call answers it with every session: what it forges within its
-- tenant reaches the caller as an answer at most, never as a crash; each request is answered once.
local skynet = require "skynet"
local core = require "skynet.core"
local support = require "support"
skynet.start(function()
  skynet.dispatch("lua", function()
    local respond = skynet.response()
    assert(respond(true, 1) == true)
    support.refused("more than once", respond, true, 2)
    support.refused("No session", skynet.ret, "x")
    support.refused("no session", skynet.response)
  end)
  assert(skynet.call(skynet.self(), "lua") == 1)
  for _, f in ipairs { skynet.ret, skynet.retpack, skynet.response } do
    assert(not pcall(f, print))
  end
  local me = skynet.self()
  for session = 1, 2000 do
    skynet.redirect(me, me, "response", session + 100000, "x")
    skynet.redirect(me, me, "error", session + 100000, "x")
    core.inject(skynet.PTYPE_RESPONSE, "\255\255\255", nil, session + 200000, me)
    core.inject(skynet.PTYPE_ERROR, "", nil, session + 200000, 0)
  end
  skynet.sleep(1)
  assert(skynet.call(me, "lua") == 1)
  support.held()
  skynet.exit()
end)
