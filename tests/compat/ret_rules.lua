-- skynet.ret answers the running request, once; a send wants no answer.

local skynet = require "skynet"
local text = require "support".text
local try = require "support".try

local mode = ...

if mode == "callee" then
  local said = {}
  local function print(...) -- told when asked, so that the order of lines is one service's
    local words = table.pack(...)
    for i = 1, words.n do words[i] = tostring(words[i]) end
    said[#said + 1] = table.concat(words, "\t")
  end
  local function try(label, f)
    local ok, problem = pcall(f)
    print(label, ok, ok and "" or text(problem))
  end
  local commands = {}
  function commands.said()
    skynet.retpack(table.concat(said, "\n"))
    said = {}
  end
  function commands.twice()
    print("ret", skynet.retpack "one")
    try("ret again", skynet.retpack)
  end
  function commands.empty() skynet.ret() end
  function commands.string() skynet.ret(skynet.packstring("a", 1)) end
  function commands.pack() skynet.ret(skynet.pack("b", 2)) end
  function commands.sent() print("ret of a send", skynet.retpack "x") end
  function commands.context()
    local session, source = skynet.context()
    skynet.retpack(math.type(session), source)
    print("context after ret", (skynet.context()))
  end
  function commands.in_fork()
    skynet.fork(function() try("ret in a fork", skynet.ret) end)
    skynet.ret()
  end
  function commands.ignored()
    skynet.ignoreret()
    try("ret after ignoreret", skynet.ret)
  end
  skynet.dispatch("lua", function(_, _, command) commands[command]() end)
  skynet.start(function() end)
  return
end

skynet.start(function()
  try("ret outside a request", skynet.ret)
  local callee = skynet.newservice(SERVICE_NAME, "callee")
  for _, command in ipairs { "twice", "empty", "string", "pack", "in_fork" } do
    try(command, skynet.call, callee, "lua", command)
    skynet.call(callee, "debug", "PING")
    local said = skynet.call(callee, "lua", "said")
    if said ~= "" then print(said) end
  end
  local kind, source = skynet.call(callee, "lua", "context")
  print("context", kind, source == skynet.self())
  skynet.send(callee, "lua", "sent")
  skynet.send(callee, "lua", "ignored")
  print(skynet.call(callee, "lua", "said"))
end)
