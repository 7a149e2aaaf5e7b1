-- skynet.response: an answer given later, by whoever holds the closure, once.

local skynet = require "skynet"
local text = require "support".text
local try = require "support".try

local mode = ...

if mode == "callee" then
  local held
  local after
  local commands = {}
  function commands.after() skynet.retpack(after[1], after[2], after[3], text(after[4])) end
  function commands.later(...)
    local respond = skynet.response()
    local values = table.pack(...)
    try("ret after response", skynet.ret)
    skynet.fork(function()
      print("TEST", respond "TEST")
      local delivered = respond(true, table.unpack(values, 1, values.n))
      after = { delivered, respond "TEST", pcall(respond, true) }
    end)
  end
  function commands.refuse()
    skynet.response()(false)
  end
  function commands.packed(text)
    local respond = skynet.response(function(...) return skynet.packstring("packed", ...) end)
    respond(true, text)
  end
  function commands.hold() held = skynet.response() end
  function commands.dead()
    skynet.retpack(held "TEST", (held(true, "too late")))
  end
  function commands.sent()
    local respond = skynet.response()
    after = { "for a send", select("#", respond(true, 1)), true, "" }
  end
  function commands.keep() skynet.response() end
  function commands.exit() skynet.exit() end
  skynet.dispatch("lua", function(_, _, command, ...) commands[command](...) end)
  skynet.start(function() end)
elseif mode == "caller" then
  local callee = tonumber((select(2, ...)))
  skynet.start(function()
    skynet.timeout(1, skynet.exit)
    skynet.fork(skynet.call, callee, "lua", "hold")
  end)
else
  skynet.start(function()
    try("outside a request", skynet.response)
    local callee = skynet.newservice(SERVICE_NAME, "callee")
    try("later", skynet.call, callee, "lua", "later", 1, nil, "x")
    try("afterwards", skynet.call, callee, "lua", "after")
    try("refuse", skynet.call, callee, "lua", "refuse")
    try("packed", skynet.call, callee, "lua", "packed", "text")
    local caller = skynet.newservice(SERVICE_NAME, "caller", callee)
    while pcall(skynet.call, caller, "debug", "PING") do skynet.sleep(1) end
    try("asker is dead", skynet.call, callee, "lua", "dead")
    skynet.send(callee, "lua", "sent")
    try("sent", skynet.call, callee, "lua", "after")
    skynet.fork(try, "kept until the exit", skynet.call, callee, "lua", "keep")
    skynet.yield()
    skynet.send(callee, "lua", "exit")
  end)
end
