-- expect: error came to the end; permit: all; quota: memory=8MiB, log_rate=1/s
-- A finalizer that calls the whole API, run by collections at whatever instant: inside host functions that
-- make strings and tables, of calls, lists, forks, timers and names.
local skynet = require "skynet"
local core = require "skynet.core"
local moonward = require "moonward"
local socket = require "skynet.socket"
require "skynet.manager"
skynet.start(function()
  skynet.dispatch("lua", function(_, _, ...)
    skynet.retpack(..., { ("x"):rep(100) })
  end)
  for i = 1, 10 do
    core.spawn_function("child" .. i, function() require("skynet").start(function() end) end)
  end
  local on, runs = true, 0
  local function arm()
    setmetatable({}, { __gc = function()
      runs = runs + 1
      pcall(core.list)
      pcall(core.sessions)
      pcall(socket.netstat)
      pcall(skynet.pack, { 1, { 2 } })
      pcall(skynet.fork, function() end)
      pcall(skynet.timeout, 0, function() end)
      pcall(skynet.killthread, "thread: 0x1")
      pcall(skynet.register, ".me")
      pcall(skynet.send, skynet.self(), "lua", "x")
      pcall(skynet.retpack, 1)
      pcall(core.inject, 10, "")
      pcall(skynet.wakeup, "nobody")
      pcall(core.task_local, {})
      pcall(moonward.usage)
      if on then arm() end
    end })
  end
  arm()
  for i = 1, 60 do
    for _, row in ipairs(core.list()) do assert(type(row.name) == "string" and row.memory >= 0) end
    pcall(skynet.call, skynet.self(), "lua", i, { i, ("s"):rep(i) })
    core.sessions()
    for _ = 1, 20 do
      moonward.after(0, function() end)
      skynet.fork(function(...) return ... end, i, {}, "x")
      skynet.pack(setmetatable({ i }, {}), setmetatable({}, { __pairs = function() return next, { i } end }))
    end
    skynet.sleep(0)
  end
  on = false
  assert(runs > 10)
  error("came to the end", 0)
end)
