-- skynet.trace and its kin: what a script sees of it. The lines go to the log.

local skynet = require "skynet"

skynet.dispatch("lua", function(_, _, ...)
  local tag = skynet.tracetag()
  print("tag in the request", tag and (tag:gsub("^:%x+", ":address")))
  skynet.retpack(...)
end)

skynet.start(function()
  print("untraced", skynet.tracetag())
  skynet.trace "a reason"
  local tag = skynet.tracetag()
  print("tag", (tag:gsub("^:%x+", ":address")))
  skynet.sleep(1)
  print("call", skynet.call(skynet.self(), "lua", 1))
  print("same task, same tag", skynet.tracetag() == tag)
  skynet.fork(function() print("fork", skynet.tracetag()) end)
  skynet.yield()
  skynet.tracelog(tag, "own event")
  print("tracecall", skynet.unpack(skynet.tracecall(tag, skynet.self(), "lua", skynet.pack(2))))
  skynet.traceproto("lua", false)
  print("call", skynet.call(skynet.self(), "lua", 3))
  skynet.traceproto("lua", nil)
  print("call", skynet.call(skynet.self(), "lua", 4))
end)
