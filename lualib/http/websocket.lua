-- http.websocket: WebSocket (RFC 6455), on a server's connection and as a client.
--
--     local handle = {}
--     function handle.message(id, text, kind) websocket.write(id, text, kind) end
--     websocket.accept(id, handle, "ws", addr)        -- returns when the connection has ended
--
--     local id = websocket.connect "ws://127.0.0.1:9948/chat"
--     websocket.write(id, "hello")
--     local text = websocket.read(id)
--     websocket.close(id, 1000)
--
-- Rules: messages may come in fragments, with pings between them; they are handed over whole. A peer
-- that breaks the protocol gets a close frame that says so, and the connection ends. Texts are
-- UTF-8. Clients mask what they send, servers don't.

local skynet = require "skynet"
local socket = require "skynet.socket"
local core = require "http.core"
local internal = require "http.internal"
local sockethelper = require "http.sockethelper"

local socket_error = sockethelper.socket_error

-- Bytes of a message that a server takes, unless its options say otherwise.
local default_limit = 256 * 1024

-- Hundredths of a second for a peer to close, once it was told that it has broken the protocol.
local linger = 100

---@class http.websocket
local websocket = {}

---What accept calls; each is optional.
---@class http.WebsocketHandle
---@field connect? fun(id: skynet.SocketId)
---@field handshake? fun(id: skynet.SocketId, header: table<string, string|string[]>, url: string)
---@field message? fun(id: skynet.SocketId, message: string, kind: "text"|"binary")
---@field ping? fun(id: skynet.SocketId)
---@field pong? fun(id: skynet.SocketId)
---@field close? fun(id: skynet.SocketId, code?: integer, reason?: string)
---@field error? fun(id: skynet.SocketId, reason: any)
---@field warning? fun(connection: table, kib: integer)

---@class http.WebsocketOptions
---@field upgrade? { header: table<string, string|string[]>, method: string, url: string } a request that http.httpd has read
---@field protocols? string[] subprotocols that the server speaks; default { "chat" }
---@field max_message? integer bytes; default 262144

-- id -> connection
local connections = {}

local function find(id)
  return connections[id] or error(("socket %s is not a WebSocket"):format(id), 3)
end

local function drop(connection)
  local id = connection.id
  if connections[id] ~= connection then return end
  connections[id] = nil
  connection.close()
end

-- -- both sides -------------------------------------------------------------------------------

local function send(connection, kind, payload)
  local head, masked = core.frame(connection.state, kind, payload)
  if connection.plain and #masked > 1024 then
    if not socket.write(connection.id, { head, masked }) then
      error(socket_error("write failed fd = " .. connection.id))
    end
  else
    connection.write(head .. masked)
  end
end

-- The next event: see core.receive.
local function receive(connection)
  local read, state = connection.read, connection.state
  if connection.rest == "" then
    local event, a, b, c = core.receive(read, state)
    if event then return event, a, b, c end
  end
  while true do
    local taken, event, a, b, c = core.parse_frame(state, connection.rest)
    if taken then
      connection.rest = connection.rest:sub(taken + 1)
      if event then return event, a, b, c end
    else
      connection.rest = connection.rest .. read(event)
    end
  end
end

-- The connection fails: the peer is told why.
---@class http.WebsocketFailure
local failure = {}
failure.__index = failure
function failure:__tostring() return self.text end

local function fail(connection, code, why)
  if pcall(send, connection, "close", core.close_payload(code, why)) then
    -- Closing with input that nobody has read would reset the connection before the peer has
    -- read why.
    skynet.timeout(linger, function() drop(connection) end)
    repeat until not pcall(connection.read)
  end
  error(setmetatable({ text = ("websocket: %s (%d)"):format(why, code) }, failure))
end

local tls_contexts = {}

local function tls_interface(id, role, hostname)
  local found, tls = pcall(require, "http.tlshelper")
  if not found then error("wss: this host has no TLS (module http.tlshelper)", 0) end
  local context = tls_contexts[role]
  if not context then
    context = tls.newctx()
    if role == "server" then
      context:set_cert(skynet.getenv "certfile" or "./server-cert.pem",
        skynet.getenv "keyfile" or "./server-key.pem")
    end
    tls_contexts[role] = context
  end
  local session = tls.newtls(role, context, hostname)
  local init = role == "server" and tls.init_responsefunc or tls.init_requestfunc
  init(id, session)()
  local finish = tls.closefunc(session)
  return {
    read = tls.readfunc(id, session),
    write = tls.writefunc(id, session),
    close = function()
      socket.close(id)
      finish()
    end,
  }
end

local function new_connection(id, role, protocol, limit, hostname)
  local connection
  if protocol == "ws" then
    connection = {
      plain = true,
      read = sockethelper.readfunc(id),
      write = sockethelper.writefunc(id),
      close = function() socket.close(id) end,
    }
  elseif protocol == "wss" then
    connection = tls_interface(id, role, hostname)
  else
    error(("invalid websocket protocol:%s"):format(tostring(protocol)), 0)
  end
  connection.id = id
  connection.rest = ""
  connection.state = core.websocket(role, limit)
  connections[id] = connection
  return connection
end

-- Values of a field that may be repeated, as one.
local function joined(value)
  return type(value) == "table" and table.concat(value, ", ") or value
end

-- Whether a list such as "keep-alive, Upgrade" has the token.
local function has_token(list, token)
  for found in (joined(list) or ""):gmatch "[^%s,]+" do
    if found:lower() == token then return true end
  end
  return false
end

-- -- servers ----------------------------------------------------------------------------------

local function choose_protocol(offered, spoken)
  for protocol in (joined(offered) or ""):gmatch "[^%s,]+" do
    for _, known in ipairs(spoken) do
      if known == protocol then return protocol end
    end
  end
end

-- What is wrong with a request for an upgrade: a status and words.
local function check_upgrade(method, header)
  if method ~= "GET" then return 400, "need GET method" end
  if not has_token(header.upgrade, "websocket") then return 426, "Upgrade Required" end
  if not header.host then return 400, "host Required" end
  if not has_token(header.connection, "upgrade") then return 400, "Connection must Upgrade" end
  local key = header["sec-websocket-key"]
  if not key then return 400, "Sec-WebSocket-Key Required" end
  -- 16 bytes as base64; of the last letter only two bits count.
  if type(key) ~= "string" or #key ~= 24 or not key:find "^[%w+/]+[AQgw]==$" then
    return 400, "Sec-WebSocket-Key invalid"
  end
  if header["sec-websocket-version"] ~= "13" then return 400, "Sec-WebSocket-Version must 13" end
end

-- Answers the request; nothing and what was answered when it was refused.
local function handshake(connection, options)
  local url, method, header
  if options.upgrade then
    url, method, header = options.upgrade.url, options.upgrade.method, options.upgrade.header
  else
    local code
    code, url, method, header = internal.read_request(connection.read, 0)
    if code ~= 200 then return nil, code, "" end
  end
  local status, words = check_upgrade(method, header)
  if status then return nil, status, words end
  connection.real_ip = joined(header["x-real-ip"])
  local answer = {
    upgrade = "websocket",
    connection = "Upgrade",
    ["sec-websocket-accept"] = core.accept_key(header["sec-websocket-key"]),
    ["sec-websocket-protocol"] =
      choose_protocol(header["sec-websocket-protocol"], options.protocols or { "chat" }),
  }
  core.write_response(connection.write, 101, nil, answer)
  return header, url
end

local function call(connection, name, ...)
  local f = connection.handle and connection.handle[name]
  if f then f(connection.id, ...) end
end

local function serve(connection, options)
  call(connection, "connect")
  local header, url, words = handshake(connection, options)
  if not header then
    local status = url
    local fields = status == 426 and { upgrade = "websocket", ["sec-websocket-version"] = "13" }
      or nil
    core.write_response(connection.write, status, words, fields)
    return call(connection, "close")
  end
  call(connection, "handshake", header, url)
  while connections[connection.id] == connection do
    local event, payload, code, reason = receive(connection)
    if event == "text" or event == "binary" then
      call(connection, "message", payload, event)
    elseif event == "ping" then
      send(connection, "pong", payload)
      call(connection, "ping")
    elseif event == "pong" then
      call(connection, "pong")
    elseif event == "close" then
      send(connection, "close", code and core.close_payload(code) or "")
      return call(connection, "close", code, reason)
    else
      fail(connection, payload, code)
    end
  end
  call(connection, "close")
end

---Serves a connection until it ends. Starts the socket, unless options.upgrade has the request.
---@param id skynet.SocketId
---@param handle? http.WebsocketHandle
---@param protocol? "ws"|"wss" default "ws"
---@param addr? string for websocket.addrinfo
---@param options? http.WebsocketOptions
---@return boolean ok false: the peer broke the protocol, or a function of the handle raised
---@return any err
function websocket.accept(id, handle, protocol, addr, options)
  options = options or {}
  if not options.upgrade then
    local started, reason = socket.start(id)
    if not started then return false, reason end
  end
  local connection = new_connection(id, "server", protocol or "ws",
    options.max_message or default_limit)
  connection.handle = handle
  connection.addr = addr
  if handle and handle.warning then
    local watched = pcall(socket.warning, id, function(_, kib) handle.warning(connection, kib) end)
    if not watched then
      drop(connection)
      return false, "connect is closed " .. id
    end
  end
  local ok, err = xpcall(serve, function(reason)
    return type(reason) == "string" and debug.traceback(reason, 2) or reason
  end, connection, options)
  local closed = connections[id] ~= connection
  drop(connection)
  if ok then return true end
  if getmetatable(err) == failure then return false, err.text end
  if err ~= socket_error then return false, err end
  if closed then call(connection, "close")
  else call(connection, "error", err) end
  return true
end

-- -- clients ----------------------------------------------------------------------------------

local function request_upgrade(connection, host, url, header)
  local key = core.new_key()
  local fields = {
    Upgrade = "websocket",
    Connection = "Upgrade",
    ["Sec-WebSocket-Version"] = "13",
    ["Sec-WebSocket-Key"] = key,
  }
  for name, value in pairs(header or {}) do
    if fields[name] then error(("websocket: the header %s is the handshake's own"):format(name), 0) end
    fields[name] = value
  end
  local status, rest, received = internal.request(connection, "GET", host, url, nil, fields)
  if status ~= 101 then
    error(("websocket handshake error: code[%s] info:%s"):format(status, rest), 0)
  end
  if not has_token(received.upgrade, "websocket") then
    error("websocket handshake upgrade must websocket", 0)
  end
  if not has_token(received.connection, "upgrade") then
    error("websocket handshake connection must upgrade", 0)
  end
  local accept = received["sec-websocket-accept"]
  if not accept then error("websocket handshake need Sec-WebSocket-Accept", 0) end
  if accept ~= core.accept_key(key) then
    error("websocket handshake invalid Sec-WebSocket-Accept", 0)
  end
  connection.rest = rest
end

---Connects, waiting `timeout` hundredths of a second at most. Raises every failure.
---@param url string "ws://host[:port][/path]"
---@param header? table<string, string|string[]> to be sent with the handshake
---@param timeout? integer
---@return skynet.SocketId
function websocket.connect(url, header, timeout)
  local protocol, where, path = url:match "^(wss?)://([^/?]+)(.*)$"
  if not protocol then error(("invalid protocol: %s"):format(url:match "^(.-)://")) end
  local host, port = where:match "^%[(.-)%]:?(%d*)$"
  if not host then host, port = where:match "^([^:]+):?(%d*)$" end
  if not host then error(("invalid host: %s"):format(where)) end
  if path:sub(1, 1) ~= "/" then path = "/" .. path end
  if protocol == "wss" and not pcall(require, "http.tlshelper") then
    error("wss: this host has no TLS (module http.tlshelper)")
  end
  local id = sockethelper.connect(host, tonumber(port) or (protocol == "ws" and 80 or 443), timeout)
  local made, connection = pcall(new_connection, id, "client", protocol, nil,
    not host:find "^[%d.]+$" and not host:find ":" and host or nil)
  if not made then
    socket.close(id)
    error(connection, 0)
  end
  connection.addr = where
  local ok, err = pcall(request_upgrade, connection, where, path, header)
  if ok then return id end
  drop(connection)
  error(err, 0)
end

---The next message; pings are answered meanwhile. False and what the close frame said, its two
---bytes of code included, when the peer has closed. Raises socket_error when the connection ended,
---and an error when the peer broke the protocol.
---@param id skynet.SocketId
---@return string|false message
---@return string? payload
function websocket.read(id)
  local connection = find(id)
  while true do
    local event, payload, code = receive(connection)
    if event == "text" or event == "binary" then return payload end
    if event == "ping" then
      send(connection, "pong", payload)
    elseif event == "close" then
      pcall(send, connection, "close", code and core.close_payload(code) or "")
      drop(connection)
      return false, payload
    elseif event == "error" then
      local _, err = pcall(fail, connection, payload, code)
      drop(connection)
      error(err.text, 0)
    end
  end
end

---Sends a message. A client's frames are masked with keys of the host's making.
---@param id skynet.SocketId
---@param data string
---@param kind? "text"|"binary" default "text"
function websocket.write(id, data, kind)
  kind = kind or "text"
  if kind ~= "text" and kind ~= "binary" then error("a message is \"text\" or \"binary\"", 2) end
  send(find(id), kind, data)
end

---@param id skynet.SocketId
function websocket.ping(id) send(find(id), "ping", "") end

---The peer's address, as it was given to accept or connect.
---@param id skynet.SocketId
---@return string?
function websocket.addrinfo(id) return find(id).addr end

---The header "x-real-ip" of the handshake, which a proxy in front sets.
---@param id skynet.SocketId
---@return string?
function websocket.real_ip(id) return find(id).real_ip end

---Tells the peer, and closes. What isn't a WebSocket any more is left alone.
---@param id skynet.SocketId
---@param code? integer 1000…1003, 1007…1014 or 3000…4999
---@param reason? string at most 123 bytes
function websocket.close(id, code, reason)
  local connection = connections[id]
  if not connection then return end
  local ok, err = pcall(function()
    send(connection, "close", code and core.close_payload(code, reason) or "")
  end)
  drop(connection)
  if not ok and err ~= socket_error then skynet.error(err) end
end

---@param id skynet.SocketId
---@return boolean
function websocket.is_close(id) return not connections[id] end

return websocket
