-- expect: finished
-- A finalizer that calls what frees or fills the task's message, while the host reads it.
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  skynet.dispatch("lua", function()
    local t = {}
    for i = 1, 1500 do t[i] = { "v" .. i, "w" .. i } end
    skynet.retpack(t)
  end)
  local on, runs = true, 0
  local function arm()
    setmetatable({}, { __gc = function()
      runs = runs + 1
      pcall(socket.netstat)
      skynet.pack(("x"):rep(9000))
      if on then arm() end
    end })
  end
  arm()
  for _ = 1, 20 do
    local t = skynet.call(skynet.self(), "lua")
    for i = 1, 1500 do assert(t[i][1] == "v" .. i and t[i][2] == "w" .. i, "ESCAPED: torn answer") end
  end
  on = false
  assert(runs > 0 and type(socket.netstat()) == "table")
  print "held"
  skynet.exit()
end)
