-- expect: finished
-- A script may change the metatable of strings, but it is the one of its own state: another service
-- and the host's Lua modules see stock strings.
local skynet = require "skynet"
local core = require "skynet.core"

skynet.start(function()
  local child = core.spawn_function("victim", function()
    local skynet = require "skynet"
    skynet.start(function()
      skynet.dispatch("lua", function() skynet.retpack(("x"):upper(), ("%d"):format(7)) end)
    end)
  end)
  getmetatable("").__index = function() return function() return "PWNED" end end
  assert(("x"):upper() == "PWNED")
  local upper, formatted = skynet.call(child, "lua")
  assert(upper == "X" and formatted == "7", "ESCAPED: the other service has our strings")
  assert(core.sessions and skynet.address(skynet.self()) ~= "PWNED")
  print "held"
  skynet.exit()
end)
