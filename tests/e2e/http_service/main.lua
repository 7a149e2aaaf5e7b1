-- Servers that tell what they got: HTTP on the first port, the same with a reader of its own on the
-- second, WebSocket echo on the third, where HTTP on the first hands over upgrades to it.

local skynet = require "skynet"
local socket = require "skynet.socket"
local httpd = require "http.httpd"
local sockethelper = require "http.sockethelper"
local websocket = require "http.websocket"

local first_port = require "first_port"
local body_limit = 10000
local message_limit = 65536

local function describe(method, url, header, body)
  local words = { method, url }
  local names = {}
  for name in pairs(header) do
    if name:find "^x%-" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = header[name]
    words[#words + 1] = name .. "=" .. (type(value) == "table" and table.concat(value, "|") or value)
  end
  if body ~= "" then words[#words + 1] = "body=" .. body end
  return table.concat(words, " ")
end

local function pieces(text)
  local at = 0
  return function()
    at = at + 1
    if at <= #text then return text:sub(at, at) end
  end
end

local echo = {}

function echo.message(id, message, kind)
  if message == "close me" then return websocket.close(id, 3000, "as you like") end
  websocket.write(id, message, kind)
end

local function serve(id, read)
  local write = sockethelper.writefunc(id)
  while true do
    local code, url, method, header, body = httpd.read_request(read, body_limit)
    if not code then break end
    if url == "/websocket" then
      local upgrade = { url = url, method = method, header = header }
      websocket.accept(id, echo, "ws", nil, { upgrade = upgrade, max_message = message_limit })
      return
    end
    local answer = code == 200 and describe(method, url, header, body) or ""
    if url == "/chunked" then answer = pieces(answer) end
    if not httpd.write_response(write, code, answer) or code ~= 200 then break end
  end
  socket.close(id)
end

local function start(port, serve_one)
  local id = socket.listen("127.0.0.1", port)
  socket.start(id, function(client, addr)
    socket.start(client)
    serve_one(client, addr)
  end)
end

skynet.start(function()
  start(first_port, function(id) serve(id, sockethelper.readfunc(id)) end)
  start(first_port + 1, function(id)
    local read = sockethelper.readfunc(id)
    serve(id, function(size) return read(size) end)
  end)
  local id = socket.listen("127.0.0.1", first_port + 2)
  socket.start(id, function(client, addr)
    local ok, err = websocket.accept(client, echo, "ws", addr, { max_message = message_limit })
    if not ok then print("failed: " .. tostring(err)) end
  end)
  print "ready"
end)
