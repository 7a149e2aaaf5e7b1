-- exec: --listen 127.0.0.1:* --connect 127.0.0.1:*
-- http.websocket: both sides, in one service.

local skynet = require "skynet"
local socket = require "skynet.socket"
local websocket = require "http.websocket"
local support = require "support"

local handle = {}
local seen = {}

local function note(...) seen[#seen + 1] = table.concat({ ... }, " ") end

-- Prints what the server has seen, once it has seen the end.
local function show_seen(label)
  while not (seen[#seen] or ""):find "^accept" do skynet.sleep(1) end
  print(label, table.concat(seen, ", "))
  seen = {}
end

function handle.connect() note "connect" end
function handle.handshake(id, header, url)
  note("handshake", url, tostring(header["x-a"]), tostring(websocket.real_ip(id)))
  note((websocket.addrinfo(id):gsub(":%d+$", ":PORT")))
end
function handle.message(id, message, kind)
  note(kind, kind == "text" and #message < 20 and message or #message)
  if message == "raise" then error("as asked", 0) end
  if message == "close" then return websocket.close(id, 4000, "done") end
  websocket.write(id, message, kind)
end
function handle.ping() note "ping" end
function handle.pong() note "pong" end
function handle.close(_, code, reason) note("close", tostring(code), tostring(reason)) end
function handle.error() note "error" end

local url

skynet.start(function()
  local listener, _, port = socket.listen("127.0.0.1", 0)
  socket.start(listener, function(id, addr)
    local ok, err = websocket.accept(id, handle, "ws", addr)
    note("accept", tostring(ok), (tostring(err):gsub("\n.*", "")))
  end)
  url = "ws://127.0.0.1:" .. port

  local id = websocket.connect(url .. "/path?q", { ["X-A"] = "b", ["X-Real-IP"] = "1.2.3.4" }, 500)
  websocket.write(id, "hello")
  print(websocket.read(id))
  websocket.write(id, "\0\xFF", "binary")
  print(websocket.read(id) == "\0\xFF")
  for _, size in ipairs { 0, 125, 126, 65535, 65536, 262144 } do
    local message = ("x"):rep(size)
    websocket.write(id, message)
    print(size, websocket.read(id) == message)
  end
  websocket.ping(id)
  websocket.write(id, "after the ping")
  print(websocket.read(id))
  print(websocket.addrinfo(id) == "127.0.0.1:" .. port, websocket.is_close(id))
  websocket.close(id, 1000, "bye")
  print(websocket.is_close(id), websocket.close(id))
  show_seen "the client closes"

  id = websocket.connect(url)
  websocket.write(id, "close")
  local message, payload = websocket.read(id)
  print(message, string.unpack(">I2", payload), payload:sub(3), websocket.is_close(id))
  show_seen "the server closes"

  id = websocket.connect(url)
  websocket.write(id, "raise")
  print(pcall(websocket.read, id))
  show_seen "a function raises"

  id = websocket.connect(url)
  websocket.write(id, ("x"):rep(262145))
  message, payload = websocket.read(id)
  print(message, string.unpack(">I2", payload), payload:sub(3))
  show_seen "too large"

  id = websocket.connect(url)
  socket.shutdown(id)
  show_seen "the client vanishes"
  print(pcall(websocket.read, id))
  websocket.close(id)

  print(pcall(websocket.write, id, "x"))
  support.try("kind", websocket.write, id, "x", "other")
  support.try("protocol", websocket.connect, "http://127.0.0.1/")
  support.try("TLS", websocket.connect, "wss://127.0.0.1/")
  support.try("handshake's own", websocket.connect, url, { Upgrade = "x" })
  socket.close(listener)
  skynet.exit()
end)
