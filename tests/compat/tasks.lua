-- skynet.task and killthread: looking at tasks, and ending them.

local skynet = require "skynet"

skynet.start(function()
  print("init", skynet.task "init" == nil)
  print("count", skynet.task())
  local co = skynet.fork(function()
    local _ <close> = setmetatable({}, { __close = function() print "closed" end })
    skynet.wait "token"
    print "never"
  end)
  skynet.yield()
  print("count", skynet.task())
  local session = skynet.task(co)
  print("session", math.type(session), skynet.task(session):match "tasks.lua" ~= nil)
  print("no session", skynet.task(1000000))
  skynet.trace_timeout(true)
  skynet.timeout(1, function() print "traced timer" end)
  skynet.trace_timeout(false)
  local all = {}
  skynet.task(all)
  local kinds = {}
  for label, trace in pairs(all) do
    kinds[#kinds + 1] = label:match "^%a+" .. " " .. (trace:match "^TIMER" or "stack")
  end
  table.sort(kinds)
  print("all", table.concat(kinds, ", "))
  skynet.sleep(3)
  for label in pairs(skynet.uniqtask()) do print("uniqtask", (label:gsub("%d+%]", "n]"))) end
  print("killthread", skynet.killthread(co) == co, skynet.killthread(co), skynet.task())
  local unborn = skynet.fork(print, "never")
  print("killthread", skynet.killthread(unborn) == unborn)
  skynet.yield()
end)
