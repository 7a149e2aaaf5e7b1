-- Message types of one's own.

local skynet = require "skynet"
local try = require "support".try

skynet.register_protocol {
  name = "upper",
  id = 50,
  pack = function(text) return text:upper() end,
  unpack = function(message, size) return message, size end,
  dispatch = function(session, _, text, size)
    print("upper", session ~= 0, text, size)
    if session ~= 0 then skynet.ret("answer to " .. text) end
  end,
}

skynet.start(function()
  local self = skynet.self()
  skynet.send(self, "upper", "sent")
  try("call", skynet.call, self, "upper", "called")
  try("rawcall", skynet.rawcall, self, "upper", "raw")
  skynet.rawsend(self, "upper", "raw sent")
  skynet.send(self, 50, "by number")
  try("taken name", skynet.register_protocol, { name = "upper", id = 51 })
  try("taken id", skynet.register_protocol, { name = "other", id = 50 })
  try("id too large", skynet.register_protocol, { name = "other", id = 256 })
  print("dispatch", skynet.dispatch "lua", skynet.dispatch "nothing", type(skynet.dispatch "upper"))
  local f = function() end
  print("previous", skynet.dispatch("lua", f), skynet.dispatch("lua", print) == f)
  print("current", skynet.dispatch "lua" == print)
  try("unregistered", skynet.dispatch, "nothing", f)
  try("no pack", function()
    skynet.register_protocol { name = "bare", id = 52 }
    skynet.send(self, "bare", 1)
  end)
  print("types", skynet.PTYPE_TEXT, skynet.PTYPE_LUA, skynet.PTYPE_SNAX, skynet.PTYPE_NOTHING)
  skynet.yield()
end)
