-- expect: finished; quota: cpu_per_c_call=60ms; stderr: cpu_per_c_call
-- A service whose own source is the bomb: it is its own compile that is killed, and whoever starts
-- it is told.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
  local ok, problem = pcall(core.spawn_function, "bomb", function()
    load("local a; if a then " .. ("elseif a then "):rep(70000) .. "end")
  end)
  assert(not ok and problem:find "cpu_per_c_call", problem)
  print "held"
  skynet.exit()
end)
