-- skynet.socket: TCP.
--
--     local id = socket.listen("127.0.0.1", 8001)
--     socket.start(id, function(client, from)
--       socket.start(client)
--       local line = socket.readline(client)
--       socket.write(client, line .. "\n")
--       socket.close(client)
--     end)
--
-- Rules: a socket belongs to the service that started it, or that was given it by `open`; another
-- service of the tenant may start one that was accepted or abandoned. One coroutine at a time
-- waits for a socket's input. What nobody reads is left to the peer to hold: beyond 128 KiB the
-- host stops reading. Where a tenant may listen and connect is in the operator's hands.

local driver = require "skynet.socketdriver"

---@alias skynet.SocketId integer positive, and never used again

---@class skynet.socket
local socket = {}

---Connects, and waits until that is done. A name is resolved first; each of its addresses is tried.
---@type fun(host: string, port?: integer): skynet.SocketId?, string? # "host:port" when there's no port; nil and the reason on failure
socket.open = driver.open

---Listens; connections are accepted once it is started. Raises "Listen error" and the reason.
---@type fun(host: string, port?: integer, backlog?: integer): skynet.SocketId, string, integer # the id, the address, and the port (0 asks for any)
socket.listen = driver.listen

---Starts a listener, or takes a connection that was accepted or abandoned, and reads it.
---@type fun(id: skynet.SocketId, accept?: fun(id: skynet.SocketId, from: string)): skynet.SocketId?, string?
socket.start = driver.start

---Sends what is queued, closes, and waits until that is done.
---@type fun(id: skynet.SocketId)
socket.close = driver.close

---Closes a socket that this service has not started.
---@type fun(id: skynet.SocketId)
socket.close_fd = driver.close_fd

---Drops what is queued and ends the connection; `close` is still due.
---@type fun(id: skynet.SocketId)
socket.shutdown = driver.shutdown

---Reads `size` bytes, or, without a size, what there is. Waits for it.
---@type fun(id: skynet.SocketId, size?: integer): string|false, string? # false and the rest when the connection has ended
socket.read = driver.read

---Reads all that comes until the peer ends; false when there is nothing.
---@type fun(id: skynet.SocketId): string|false
socket.readall = driver.readall

---Reads up to a separator (default "\n"), which is dropped.
---@type fun(id: skynet.SocketId, separator?: string): string|false, string? # false and the rest when the connection has ended
socket.readline = driver.readline

---Waits until there is something to read; false when the connection has ended.
---@type fun(id: skynet.SocketId): boolean
socket.block = driver.block

---Queues bytes, or the strings of a list, to be sent. Waits only when more than twice the send
---buffer is queued. False when the socket is closed or the tenant's memory is full.
---@type fun(id: skynet.SocketId, data: string|string[]): boolean
socket.write = driver.write

---As write, but sent after all that `write` has queued.
---@type fun(id: skynet.SocketId, data: string|string[]): boolean
socket.lwrite = driver.lwrite

---The big-endian number that 1 to 4 bytes are.
---@type fun(bytes: string): integer
socket.header = driver.header

---True when this service has no such socket.
---@type fun(id: skynet.SocketId): boolean
socket.invalid = driver.invalid

---True when the connection has ended and is not closed yet; nil when there is no such socket.
---@type fun(id: skynet.SocketId): boolean?
socket.disconnected = driver.disconnected

---Gives a socket away: another service may start it. Input that was not read is lost.
---@type fun(id: skynet.SocketId)
socket.abandon = driver.abandon

---Closes the socket when more input than this waits to be read, but for `read` of a size; nil or 0
---for no limit.
---@type fun(id: skynet.SocketId, bytes?: integer)
socket.limit = driver.limit

---Stops reading until the next read.
---@type fun(id: skynet.SocketId)
socket.pause = driver.pause

---Calls f when much waits to be sent, with the KiB, and with 0 when all is sent.
---@type fun(id: skynet.SocketId, f?: fun(id: skynet.SocketId, kib: integer))
socket.warning = driver.warning

---Calls f once when the peer ends, or close is done.
---@type fun(id: skynet.SocketId, f?: fun(id: skynet.SocketId))
socket.onclose = driver.onclose

---@class skynet.SocketRow
---@field id skynet.SocketId
---@field address integer the service that owns it
---@field type "LISTEN"|"TCP"|"CLOSING"
---@field sock string the own end, "address:port"
---@field peer? string the other end
---@field read integer bytes read
---@field write integer bytes sent
---@field wbuffer integer bytes to be sent
---@field rtime integer when it was read last, as skynet.now
---@field wtime integer when it was written last
---@field reading boolean
---@field writing boolean
---@field accept? integer connections accepted

---The sockets of the tenant.
---@type fun(): skynet.SocketRow[]
socket.netstat = driver.netstat

---The addresses of a name. Waits; raises when there are none.
---@type fun(name: string): string[]
socket.resolve = driver.resolve

---Descriptors of the process are not for scripts.
function socket.bind() error("socket.bind: a sandboxed service has no descriptors", 2) end

---The process's standard input is not for scripts.
function socket.stdin() error("socket.stdin: a sandboxed service has no standard input", 2) end

return socket
