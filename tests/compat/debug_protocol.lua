-- What every service answers when it is asked by the debug protocol.

local skynet = require "skynet"
local debugging = require "skynet.debug"
local try = require "support".try

local mode = ...

if mode == "callee" then
  debugging.reg_debugcmd("OWN", function(...) skynet.retpack("own", ...) end)
  skynet.info_func(function(...) return { info = { ... } } end)
  skynet.dispatch("lua", function() skynet.wait "for ever" end)
  skynet.start(function() end)
  return
end

skynet.start(function()
  local callee = skynet.newservice(SERVICE_NAME, "callee")
  local function ask(...) return skynet.call(callee, "debug", ...) end
  print("PING", ask "PING")
  print("MEM", math.type(ask "MEM"))
  local stat = ask "STAT"
  print("STAT", stat.task, math.type(stat.mqlen), math.type(stat.message), math.type(stat.cpu))
  print("SUPPORT", ask("SUPPORT", "lua"), ask("SUPPORT", "nothing"))
  print("INFO", ask("INFO", "a", "b").info[2])
  print("OWN", ask("OWN", 1))
  skynet.fork(try, "waits", skynet.call, callee, "lua")
  skynet.yield()
  local count = 0
  for label, trace in pairs(ask "TASK") do
    count = count + 1
    print("TASK", label:match "^%a+: .- session: %d+" ~= nil, trace:match "debug_protocol.lua" ~= nil)
  end
  print("TASK", count)
  for label in pairs(ask "UNIQTASK") do print("UNIQTASK", (label:gsub("%[%d+%]", "[n]"))) end
  print("TASK", ask("TASK", 1000000), ask("TASK", "init"))
  try("KILLTASK", ask, "KILLTASK", "thread")
  try("RUN", ask, "RUN", "print(1)")
  try("REMOTEDEBUG", ask, "REMOTEDEBUG")
  try("unknown", ask, "NOTHING")
  skynet.send(callee, "debug", "GC")
  print("TERM", skynet.send(callee, "debug", "TERM", skynet.self()))
  skynet.fork(try, "LINK", ask, "LINK")
  skynet.yield()
  try("EXIT", ask, "EXIT")
end)
