-- skynet.request: answers in order of arrival, errors, time-outs, leaving early.

local skynet = require "skynet"
local try = require "support".try

local mode = ...

if mode == "callee" then
  local commands = {}
  function commands.echo(ticks, ...)
    skynet.sleep(ticks)
    skynet.retpack(...)
  end
  function commands.raise() error("on purpose", 0) end
  function commands.exit() skynet.exit() end
  function commands.wait() skynet.wait() end
  skynet.dispatch("lua", function(_, _, command, ...) commands[command](...) end)
  skynet.start(function() end)
  return
end

skynet.start(function()
  local callee = skynet.newservice(SERVICE_NAME, "callee")
  local other = skynet.newservice(SERVICE_NAME, "callee")

  for request, answer in skynet.request
    { callee, "lua", "echo", 6, "slow" }
    { callee, "lua", "echo", 3, "middle", tag = "mine" }
    { callee, "lua", "echo", 0, "fast", nil, 3, n = 7 }
    :select() do
    print("arrived", answer[1], answer.n, request.tag)
  end

  for request, answer in skynet.request { callee, "lua", "raise" } { callee, "lua", "echo", 1, "ok" }
    { ".nobody", "lua", tag = "nobody" } :select() do
    print("errors", answer and answer[1] or answer, request.tag)
  end

  local set = skynet.request { callee, "lua", "echo", 300, "late" }
  set:add { callee, "lua", "echo", 1, "in time" }
  for _, answer in set:select(50) do print("timed", answer[1]) end
  print("timeout", set.timeout)
  try("add after select", set.add, set, {})
  try("select again", set.select, set)

  for _, answer in skynet.request { callee, "lua", "echo", 1, "a" } { callee, "lua", "echo", 2, "b" }
    :select() do
    print("left after", answer[1])
    break
  end

  -- The callee's end fails what it owes.
  skynet.timeout(2, function() skynet.send(other, "lua", "exit") end)
  for _, answer in skynet.request { other, "lua", "wait" } { other, "lua", "wait" } :select() do
    print("callee exited", answer)
  end

  for _ in skynet.request():select() do print "never" end
  try("unsendable", function()
    skynet.request { callee, "lua", print }:select()
  end)
  try("unknown type", function()
    skynet.request { callee, "nothing" }:select()
  end)

  -- Calls inside the loop.
  for _, answer in skynet.request { callee, "lua", "echo", 1, "x" } { callee, "lua", "echo", 2, "y" }
    :select() do
    print("call inside", skynet.call(callee, "lua", "echo", 3, answer[1]))
  end
end)
