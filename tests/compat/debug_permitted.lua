-- exec: --permit debug --permit inject --permit kill
-- The debug protocol and the launcher's commands, with the permissions that they want.

local skynet = require "skynet"
local try = require "support".try

local mode = ...

if mode == "callee" then
  local state = { count = 7 }
  skynet.dispatch("lua", function()
    state.count = state.count + 1
    skynet.wait()
  end)
  skynet.start(function() end)
  return
end

skynet.start(function()
  local callee = skynet.newservice(SERVICE_NAME, "callee")
  local function ask(...) return skynet.call(callee, "debug", ...) end
  skynet.fork(try, "call", skynet.call, callee, "lua")
  skynet.yield()
  print("RUN", ask("RUN", "print(_U.state.count, ...)", "injected.lua", "argument"))
  print("RUN", (select(2, ask("RUN", "syntax error"))))
  local ok, output = ask("RUN", "error 'on purpose'", "injected.lua")
  print("RUN", ok, output:match "^[^\n]*")
  local label = next(ask "TASK")
  print("KILLTASK", ask("KILLTASK", label:match "^(.-) session"))
  print("KILLTASK", ask("KILLTASK", "nobody"))

  local function launcher(...) return skynet.call(".launcher", "lua", ...) end
  local address = skynet.address(callee)
  print("LIST", launcher "LIST" [address])
  print("MEM", launcher("MEM", 100)[address]:match "^%d+%.%d%d Kb %(.*%)$" ~= nil)
  print("STAT", launcher("stat", 100)[address].task)
  print("unknown", launcher "NOTHING" [1])
  local launched = launcher("LAUNCH", "snlua", SERVICE_NAME, "callee")
  print("LAUNCH", math.type(launched))
  print("KILL", launcher("KILL", launched)[skynet.address(launched)])
  print("killed", (pcall(skynet.call, launched, "lua")))
end)
