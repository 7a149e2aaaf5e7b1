-- http.sockethelper: sockets as functions that raise one error, `socket_error`, when they end.
--
--     local read, write = sockethelper.readfunc(id), sockethelper.writefunc(id)
--     local ok, err = pcall(read, 4)
--     if not ok and err == sockethelper.socket_error then … end
--
-- Rules: the functions of readfunc and writefunc know their socket, so http.httpd and its kin parse
-- its input and compose their output without going through Lua strings. Bytes behind a message
-- stay in the socket for the next one.

local skynet = require "skynet"
local socket = require "skynet.socket"
local core = require "http.core"

---@class http.sockethelper
local sockethelper = {}

---What is raised; the same object each time. tostring tells once which socket it was about.
---@class http.SocketError
---@operator call(any): http.SocketError
local socket_error = setmetatable({}, {
  __tostring = function(self)
    local info = self.err_info
    self.err_info = nil
    return info or "[Socket Error]"
  end,
  __call = function(self, info)
    self.err_info = "[Socket Error] : " .. tostring(info)
    return self
  end,
})
sockethelper.socket_error = socket_error

---Reads as socket.read; raises socket_error when the connection has ended.
---@alias http.Reader fun(size?: integer): string

---Writes as socket.write; raises socket_error when the connection has ended.
---@alias http.Writer fun(bytes: string)

---A reader of a socket, which returns the bytes of `pre` first.
---@param id skynet.SocketId
---@param pre? string
---@return http.Reader
function sockethelper.readfunc(id, pre)
  local read = core.reader(id, socket_error)
  if not pre or pre == "" then return read end
  return function(size)
    if not pre then return read(size) end
    local first = pre
    pre = nil
    if not size or size == #first then return first end
    if size > #first then return first .. read(size - #first) end
    pre = first:sub(size + 1)
    return first:sub(1, size)
  end
end

---@param id skynet.SocketId
---@return http.Writer
function sockethelper.writefunc(id) return core.writer(id, socket_error) end

---As socket.readall.
sockethelper.readall = socket.readall

---Connects, waiting `timeout` hundredths of a second at most; raises socket_error.
---@param host string
---@param port integer
---@param timeout? integer
---@return skynet.SocketId
function sockethelper.connect(host, port, timeout)
  local id, reason
  if timeout then
    local token, late = {}, false
    skynet.fork(function()
      id, reason = socket.open(host, port)
      if not late then skynet.wakeup(token)
      elseif id then socket.close(id) end
    end)
    skynet.sleep(timeout, token)
    late = not id
    reason = reason or "timeout"
  else
    id, reason = socket.open(host, port)
  end
  if id then return id end
  error(socket_error(("connect failed host = %s port = %s timeout = %s err = %s"):format(
    host, port, tostring(timeout), tostring(reason))))
end

---As socket.close.
---@param id skynet.SocketId
function sockethelper.close(id) socket.close(id) end

---As socket.shutdown.
---@param id skynet.SocketId
function sockethelper.shutdown(id) socket.shutdown(id) end

return sockethelper
