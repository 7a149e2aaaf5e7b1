-- exec: --permit redirect
-- Messages seen before their dispatch, and those that nobody handles.

local skynet = require "skynet"
local try = require "support".try

local mode = ...

if mode == "filter" then
  skynet.dispatch("lua", function(_, _, ...) skynet.retpack("filtered", ...) end)
  skynet.filter(function(ptype, message, size, session, source)
    if ptype == skynet.PTYPE_LUA then
      local text = skynet.unpack(message, size)
      if text == "drop" then return end
      message, size = skynet.pack(text:upper())
    end
    return ptype, message, size, session, source
  end, function() print "filter starts" end)
  return
elseif mode == "forward" then
  skynet.register_protocol { name = "other", id = 100, unpack = function(message) return message end }
  skynet.dispatch("other", function(_, _, message) skynet.retpack("forwarded", #message) end)
  skynet.forward_type({ [skynet.PTYPE_LUA] = 100 }, function() print "forward starts" end)
  return
elseif mode == "unknown" then
  skynet.register_protocol { name = "silent", id = 101 }
  local before = skynet.dispatch_unknown_request(function(session, source, message, size, prototype)
    print("unknown request", session, math.type(source), message, size, prototype)
  end)
  print("previous", type(before))
  skynet.dispatch_unknown_response(function(session, _, message)
    print("unknown response", session, skynet.unpack(message))
  end)
  skynet.start(function() end)
  return
end

skynet.start(function()
  local filter = skynet.newservice(SERVICE_NAME, "filter")
  try("filter", skynet.call, filter, "lua", "hello")
  skynet.send(filter, "lua", "drop")
  try("filter", skynet.call, filter, "lua", "again")
  local forward = skynet.newservice(SERVICE_NAME, "forward")
  try("forward", skynet.call, forward, "lua", "hello")

  local unknown = skynet.newservice(SERVICE_NAME, "unknown")
  skynet.register_protocol { name = "raw", id = 101, pack = function(text) return text end }
  skynet.send(unknown, "raw", "text")
  skynet.register_protocol { name = "rawer", id = 102, pack = function(text) return text end }
  skynet.send(unknown, "rawer", "more")
  try("with a session", skynet.call, unknown, "raw", "text")
  skynet.redirect(unknown, skynet.self(), "response", 77, skynet.pack "answer")
  skynet.call(unknown, "debug", "PING")

  skynet.dispatch("lua", function(session, source, ...) print("own dispatch", session, source, ...) end)
  skynet.dispatch_message(skynet.PTYPE_LUA, skynet.packstring("x", 1), nil, 5, 6)
  skynet.yield()
end)
