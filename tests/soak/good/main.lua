-- The good tenant's door. A line a request:
--   E TEXT    TEXT
--   G         the caller begins; "ok"
--   C         how many calls were made, answered, and answered wrongly so far
--   S         the caller stops and waits for its answers; the same numbers
--   V         what a fresh service finds in version.lua: the scripts of the last reload
local skynet = require "skynet"
local socket = require "skynet.socket"

local port = require "port"
local caller

local function counts(command)
  return ("%d %d %d"):format(skynet.call(caller, "lua", command))
end

local answer = {
  E = function(text) return text end,
  G = function()
    skynet.call(caller, "lua", "go")
    return "ok"
  end,
  C = function() return counts "counts" end,
  S = function() return counts "stop" end,
  V = function()
    local probe = skynet.newservice "probe"
    return tostring(skynet.call(probe, "lua"))
  end,
}

skynet.start(function()
  caller = skynet.newservice("caller", skynet.newservice "echo")
  local listener = socket.listen("127.0.0.1", port, 128)
  socket.start(listener, function(id)
    socket.start(id)
    while true do
      local line = socket.readline(id)
      if not line then break end
      local handler = answer[line:sub(1, 1)]
      socket.write(id, (handler and handler(line:sub(3)) or "unknown") .. "\n")
    end
    socket.close(id)
  end)
end)
