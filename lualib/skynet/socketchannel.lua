-- skynet.socketchannel: requests and answers over one connection that is made anew when it breaks.
--
--     local channel = socketchannel.channel { host = "127.0.0.1", port = 6379 }
--     local answer = channel:request("PING\r\n", function(sock) return true, sock:readline "\r\n" end)
--
-- Rules: in order mode answers come in the order of the requests, and each request brings the
-- function that reads its answer. In session mode (`response` is given) one function reads all
-- answers and tells whose each is. When the connection breaks, everybody who waits for an answer
-- gets socketchannel.error (or what the reading function raised), and the next request connects
-- again. Whatever belongs to one connection is kept with it, so a late answer can't reach a
-- request on the next.

local skynet = require "skynet"
local socket = require "skynet.socket"
local socketdriver = require "skynet.socketdriver"

local socketchannel = {}

---Raised when a connection can't be made, or breaks. It prints as "[Error: socket]".
local socket_error = setmetatable({}, {
  __tostring = function() return "[Error: socket]" end,
})
socketchannel.error = socket_error

---What answers are read from.
---@class skynet.ChannelSocket
---@field [1] skynet.SocketId
local ChannelSocket = {}
ChannelSocket.__index = ChannelSocket

---Reads as socket.read; raises socketchannel.error at the end of the connection.
---@param size? integer
---@return string
function ChannelSocket:read(size)
  return socket.read(self[1], size) or error(socket_error)
end

---Reads as socket.readline; raises socketchannel.error at the end of the connection.
---@param separator? string
---@return string
function ChannelSocket:readline(separator)
  return socket.readline(self[1], separator) or error(socket_error)
end

---Reads one answer: whether it is good, the result or the error, and whether more pieces follow.
---@alias skynet.AnswerReader fun(sock: skynet.ChannelSocket): boolean, any, boolean?

---Somebody who waits for an answer.
---@class skynet.ChannelWaiter
---@field read? skynet.AnswerReader in order mode
---@field pieces? any[] of an answer that comes in pieces
---@field settled? boolean
---@field good? boolean
---@field result? any

---One connection, and who waits for its answers.
---@class skynet.ChannelConnection
---@field channel skynet.SocketChannel
---@field id skynet.SocketId
---@field sock skynet.ChannelSocket
---@field open boolean
---@field sessions table<any, skynet.ChannelWaiter> in session mode
---@field queue table<integer, skynet.ChannelWaiter> in order mode
---@field first integer the next in the queue
---@field last integer the last in the queue
---@field idle? table what the reading task waits with when nobody waits for an answer

---@class skynet.ChannelAddress
---@field host string
---@field port? integer

---@class skynet.ChannelDescription
---@field host string
---@field port? integer
---@field backup? (string|skynet.ChannelAddress)[] where to connect when that fails
---@field auth? fun(channel: skynet.SocketChannel) runs on each new connection, before any request
---@field response? fun(sock: skynet.ChannelSocket): any, boolean, any, boolean? session, good, result, more: session mode
---@field nodelay? boolean connections of this host never delay
---@field overload? fun(overloaded: boolean) when much waits to be sent, and when it is sent
---@field socket_read? fun(sock: skynet.ChannelSocket, size?: integer): string instead of read
---@field socket_readline? fun(sock: skynet.ChannelSocket, separator?: string): string instead of readline

---@class skynet.SocketChannel
---@field private host string
---@field private port? integer
---@field private backup? (string|skynet.ChannelAddress)[]
---@field private auth? fun(channel: skynet.SocketChannel)
---@field private answers? fun(sock: skynet.ChannelSocket): any, boolean, any, boolean?
---@field private overload? fun(overloaded: boolean)
---@field private overloaded boolean
---@field private nodelay? boolean
---@field private sock_meta table
---@field private closed boolean
---@field private connection? skynet.ChannelConnection
---@field private authenticating? thread
---@field private connecting? table[] the tokens of those who wait for the one that connects
local Channel = {}
Channel.__index = Channel

-- -- answers ----------------------------------------------------------------------------------

---@param waiter skynet.ChannelWaiter
local function settle(waiter, good, result)
  if waiter.settled then return end
  waiter.settled, waiter.good, waiter.result = true, good, result
  skynet.wakeup(waiter)
end

---Adds a piece to the waiter's answer; what the answer is when that was the last one.
---@param waiter skynet.ChannelWaiter
local function add_piece(waiter, good, piece, more)
  local pieces = waiter.pieces
  if good and more and not pieces then
    pieces = {}
    waiter.pieces = pieces
  end
  if good and pieces then
    pieces[#pieces + 1] = piece
    piece = pieces
  end
  return not (good and more), piece
end

---Ends a connection: everybody who waits for it is told.
---@param connection skynet.ChannelConnection
---@param reason? any
local function fail(connection, reason)
  if not connection.open then return end
  connection.open = false
  local channel = connection.channel
  if channel.connection == connection then channel.connection = nil end
  reason = reason or socket_error
  for _, waiter in pairs(connection.sessions) do settle(waiter, nil, reason) end
  for i = connection.first, connection.last do settle(connection.queue[i], nil, reason) end
  connection.sessions, connection.queue, connection.first, connection.last = {}, {}, 1, 0
  if connection.idle then skynet.wakeup(connection.idle) end
  socket.onclose(connection.id, nil)
  skynet.fork(socket.close, connection.id)
end

---Reads answers in session mode until the connection ends.
---@param connection skynet.ChannelConnection
local function read_by_session(connection)
  local answers = connection.channel.answers
  while connection.open do
    local ok, session, good, result, more = pcall(answers, connection.sock)
    if not ok or session == nil then
      return fail(connection, not ok and session or nil)
    end
    local waiter = connection.sessions[session]
    if waiter then
      local complete, answer = add_piece(waiter, good, result, more)
      if complete then
        connection.sessions[session] = nil
        settle(waiter, good or false, answer)
      end
    elseif connection.open then
      skynet.error("socket: unknown session :", session)
    end
  end
end

---@param waiter skynet.ChannelWaiter
---@param sock skynet.ChannelSocket
local function read_answer(waiter, sock)
  repeat
    local good, result, more = waiter.read(sock)
    local complete, answer = add_piece(waiter, good, result, more)
    if complete then return good or false, answer end
  until false
end

---Reads answers in order mode until the connection ends.
---@param connection skynet.ChannelConnection
local function read_by_order(connection)
  while connection.open do
    local waiter = connection.queue[connection.first]
    if waiter then
      local ok, good, answer = pcall(read_answer, waiter, connection.sock)
      if not ok then return fail(connection, good) end
      if not connection.open then return end
      connection.queue[connection.first] = nil
      connection.first = connection.first + 1
      settle(waiter, good, answer)
    else
      connection.idle = {}
      skynet.wait(connection.idle)
      connection.idle = nil
    end
  end
end

---@param connection skynet.ChannelConnection
---@param response any the session, or the function that reads the answer
---@return skynet.ChannelWaiter
local function expect(connection, response)
  local waiter = {}
  if connection.channel.answers then
    connection.sessions[response] = waiter
    return waiter
  end
  waiter.read = response
  connection.last = connection.last + 1
  connection.queue[connection.last] = waiter
  if connection.idle then skynet.wakeup(connection.idle) end
  return waiter
end

---@param waiter skynet.ChannelWaiter
local function wait_for(waiter)
  if not waiter.settled then skynet.wait(waiter) end
  if waiter.good then return waiter.result end
  error(waiter.result, 0)
end

-- -- connecting -------------------------------------------------------------------------------

---@param channel skynet.SocketChannel
---@param connection skynet.ChannelConnection
local function watch_overload(channel, connection)
  local overload = channel.overload
  if not overload then return end
  local function tell(id, kib)
    if channel.connection ~= connection then return end
    if kib == 0 then
      if channel.overloaded then
        channel.overloaded = false
        overload(false)
      end
    elseif not channel.overloaded then
      channel.overloaded = true
      overload(true)
    else
      skynet.error(string.format("WARNING: %d K bytes need to send out (fd = %d)", kib, id),
        channel.host, channel.port)
    end
  end
  skynet.fork(tell, connection.id, 0)
  socket.warning(connection.id, tell)
end

---@param channel skynet.SocketChannel
---@param id skynet.SocketId
---@return skynet.ChannelConnection
local function establish(channel, id)
  if channel.nodelay then socketdriver.nodelay(id) end
  ---@type skynet.ChannelConnection
  local connection = {
    channel = channel,
    id = id,
    sock = setmetatable({ id }, channel.sock_meta),
    open = true,
    sessions = {},
    queue = {},
    first = 1,
    last = 0,
  }
  channel.connection = connection
  watch_overload(channel, connection)
  if not channel.answers then
    socket.onclose(id, function()
      -- Somebody's answer is read: reading it will find the end.
      if not connection.idle then return end
      skynet.error("socket closed by peer : ", channel.host, channel.port)
      fail(connection)
    end)
  end
  skynet.fork(channel.answers and read_by_session or read_by_order, connection)
  return connection
end

---Where to connect to, the current address first.
---@param channel skynet.SocketChannel
---@param tried table<string, true>
---@return skynet.ChannelAddress?
local function next_address(channel, tried)
  local function untried(host, port)
    local key = host .. ":" .. tostring(port)
    if tried[key] then return nil end
    tried[key] = true
    return { host = host, port = port }
  end
  local address = untried(channel.host, channel.port)
  if address then return address end
  for _, backup in ipairs(channel.backup or {}) do
    if type(backup) == "table" then address = untried(backup.host, backup.port)
    else address = untried(backup, channel.port) end
    if address then
      skynet.error("socket: connect to backup host", address.host, address.port)
      return address
    end
  end
end

---Runs `auth` on a new connection. True when the channel can be used; nil when auth has closed
---the connection to have another one made.
---@param channel skynet.SocketChannel
---@param connection skynet.ChannelConnection
---@return boolean?
local function authenticate(channel, connection)
  if not channel.auth then return true end
  channel.authenticating = coroutine.running()
  local ok, reason = pcall(channel.auth, channel)
  channel.authenticating = nil
  if ok then return connection.open or nil end
  if reason ~= socket_error then skynet.error("socket: auth failed", reason) end
  fail(connection)
  return false
end

---@param channel skynet.SocketChannel
---@return boolean connected
---@return string? reason
local function connect_once(channel)
  local tried, reason = {}, nil
  while not channel.closed do
    local address = next_address(channel, tried)
    if not address then return false, reason end
    local id, why = socket.open(address.host, address.port)
    if id and channel.closed then
      socket.close(id)
      break
    end
    reason = why
    if id then
      channel.host, channel.port = address.host, address.port
      local usable = authenticate(channel, establish(channel, id))
      if usable then return true end
      if usable == nil then tried = {} end
      reason = "no more backup host"
    end
  end
  return false, "the channel is closed"
end

---@param channel skynet.SocketChannel
---@param once? boolean
---@return string? reason
local function connect(channel, once)
  local pause = 0
  while not channel.closed do
    local ok, reason = connect_once(channel)
    if ok then
      if not once then skynet.error("socket: connect to", channel.host, channel.port) end
      return nil
    end
    if once then return reason end
    skynet.error("socket: connect", reason)
    if pause > 1000 then
      skynet.error("socket: try to reconnect", channel.host, channel.port)
      skynet.sleep(pause)
      pause = 0
    else
      skynet.sleep(pause)
    end
    pause = pause + 100
  end
end

---True when the running coroutine can use the channel, false when it never will, nil when there
---is no connection now.
---@param channel skynet.SocketChannel
---@return boolean?
local function usable(channel)
  local auth = channel.authenticating
  local connection = channel.connection
  if connection and socket.disconnected(connection.id) then
    skynet.error("socket: disconnect detected ", channel.host, channel.port)
    fail(connection)
    connection = nil
  end
  if auth == coroutine.running() then return connection ~= nil end
  if connection and not auth then return true end
  if channel.closed then return false end
end

---@param channel skynet.SocketChannel
---@param once? boolean
---@return boolean
local function ensure_connected(channel, once)
  local state = usable(channel)
  if state ~= nil then return state end
  local reason
  if channel.connecting then
    local token = {}
    table.insert(channel.connecting, token)
    skynet.wait(token)
  else
    channel.connecting = {}
    local ok, result = pcall(connect, channel, once)
    local waiting = channel.connecting
    channel.connecting = nil
    for _, token in ipairs(waiting) do skynet.wakeup(token) end
    if not ok then error(result, 0) end
    reason = result
  end
  state = usable(channel)
  if state == nil then
    skynet.error("Connect failed", reason, channel.host, channel.port)
    error(socket_error)
  end
  return state
end

-- -- the channel ------------------------------------------------------------------------------

---A channel; it connects when it is first used.
---@param description skynet.ChannelDescription
---@return skynet.SocketChannel
function socketchannel.channel(description)
  local sock_meta = ChannelSocket
  if description.socket_read or description.socket_readline then
    sock_meta = {
      __index = {
        read = description.socket_read or ChannelSocket.read,
        readline = description.socket_readline or ChannelSocket.readline,
      },
    }
  end
  return setmetatable({
    host = assert(description.host, "socketchannel: host is missing"),
    port = description.port,
    backup = description.backup,
    auth = description.auth,
    answers = description.response,
    overload = description.overload,
    overloaded = false,
    nodelay = description.nodelay,
    sock_meta = sock_meta,
    closed = false,
  }, Channel)
end

---Connects now. Without `once` it goes on trying until it succeeds, with growing pauses; with it,
---it raises socketchannel.error when the first round of addresses fails.
---@param once? boolean
---@return boolean
function Channel:connect(once)
  self.closed = false
  return ensure_connected(self, once)
end

---Sends a request and waits for its answer. `response` is the function that reads it (order mode)
---or its session (session mode); without one, nobody waits. The parts in `padding` are sent after
---the request, at low priority. Raises the answer's error, or socketchannel.error.
---@param request string|string[]
---@param response? skynet.AnswerReader|any
---@param padding? (string|string[])[]
---@return any
function Channel:request(request, response, padding)
  if not ensure_connected(self, true) then error(socket_error) end
  local connection = self.connection --[[@as skynet.ChannelConnection]]
  -- Before writing, which may wait: the answer could be here by then.
  local waiter = response ~= nil and expect(connection, response) or nil
  local write = padding and socket.lwrite or socket.write
  local sent = write(connection.id, request)
  for _, part in ipairs(padding or {}) do
    sent = sent and socket.lwrite(connection.id, part)
  end
  if not sent then
    fail(connection)
    error(socket_error)
  end
  if waiter then return wait_for(waiter) end
end

---Waits for an answer that nobody has asked for.
---@param response skynet.AnswerReader|any
---@return any
function Channel:response(response)
  if not ensure_connected(self) then error(socket_error) end
  return wait_for(expect(self.connection --[[@as skynet.ChannelConnection]], response))
end

---Closes the connection; who waits for an answer gets "channel_closed". `connect` opens it again.
function Channel:close()
  if self.closed then return end
  self.closed = true
  if self.connection then fail(self.connection, "channel_closed") end
end

---Changes the address; the next request connects to it.
---@param host string
---@param port? integer
function Channel:changehost(host, port)
  self.host = host
  if port then self.port = port end
  if not self.closed and self.connection then fail(self.connection) end
end

---Changes the addresses to fall back on.
---@param backup? (string|skynet.ChannelAddress)[]
function Channel:changebackup(backup) self.backup = backup end

return socketchannel
