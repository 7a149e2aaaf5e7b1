-- Every way a call can fail has an error, at once or as soon as it is known.

local skynet = require "skynet"
local moonward = require "moonward"
local try = require "support".try

local mode = ...

if mode == "callee" then
  local commands = {}
  function commands.raise() error("on purpose", 0) end
  function commands.exit() skynet.exit() end
  function commands.wait() skynet.wait() end
  function commands.forget() end
  skynet.dispatch("lua", function(_, _, command) commands[command]() end)
  skynet.start(function() end)
  return
end

skynet.start(function()
  local callee = skynet.newservice(SERVICE_NAME, "callee")
  try("raise", skynet.call, callee, "lua", "raise")
  try("raise, told", moonward.call, 1, callee, "lua", "raise")
  try("forgotten answer", skynet.call, callee, "lua", "forget")
  try("no handler", skynet.call, callee, "text?")
  try("deadline", moonward.call, 0.02, callee, "lua", "wait")

  skynet.fork(try, "waiting when it exits", skynet.call, callee, "lua", "wait")
  skynet.sleep(1)
  try("exit", skynet.call, callee, "lua", "exit")
  try("dead", function()
    local ok, problem = pcall(skynet.call, callee, "lua", "x")
    print(ok, (problem:gsub(":%x%x%x%x%x%x%x%x+", ":address")))
  end)
  print("send to the dead", skynet.send(callee, "lua", "x"))
  try("unknown name", skynet.call, ".nobody", "lua")
  print("send to an unknown name", skynet.send(".nobody", "lua"))
  try("address 0", skynet.call, 0, "lua")
  try("address of a wrong type", skynet.call, {}, "lua")
  try("in a sort", table.sort, { 1, 2 }, function() skynet.call(skynet.self(), "lua") end)
end)
