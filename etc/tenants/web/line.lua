-- A TCP server that speaks lines:
--
--   PING [text]      PONG [text]
--   SET key value    OK
--   GET key          VALUE text, or NONE
--   STATS            STATS connections=… requests=… keys=…
--   QUIT             BYE, and the end of the connection
--
-- Every connection is a task of this one service; while one waits for its client or for the store,
-- the others go on.
local skynet = require "skynet"
local socket = require "skynet.socket"

local store, address, port = ...
store, port = tonumber(store), tonumber(port)

local longest_line = 4096
local connections, requests = 0, 0

local answers = {}

function answers.PING(text)
  return text == "" and "PONG" or "PONG " .. text
end

function answers.SET(text)
  local key, value = text:match("^(%S+) (.*)$")
  if not key then
    return "ERROR write SET key value"
  end
  local ok, why = skynet.call(store, "lua", "set", key, value)
  return ok and "OK" or "ERROR " .. why
end

function answers.GET(text)
  local value = skynet.call(store, "lua", "get", text)
  return value and "VALUE " .. value or "NONE"
end

function answers.STATS()
  local keys = skynet.call(store, "lua", "count")
  return string.format("STATS connections=%d requests=%d keys=%d", connections, requests, keys)
end

local function answer(line)
  requests = requests + 1
  local command, text = line:match("^(%a+) ?(.*)$")
  local handler = command and answers[command:upper()]
  if not handler then
    return "ERROR known are PING, SET, GET, STATS and QUIT"
  end
  return handler(text)
end

local function serve(id)
  socket.start(id)
  socket.limit(id, longest_line)
  connections = connections + 1
  while true do
    local line = socket.readline(id)
    if not line then
      break
    end
    line = line:gsub("\r$", "")
    if line:upper() == "QUIT" then
      socket.write(id, "BYE\r\n")
      break
    end
    if not socket.write(id, answer(line) .. "\r\n") then
      break
    end
  end
  connections = connections - 1
  socket.close(id)
end

skynet.start(function()
  local listener = socket.listen(address, port)
  socket.start(listener, serve)
end)
