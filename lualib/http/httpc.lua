-- http.httpc: a client. One request a connection.
--
--     local status, body = httpc.get("127.0.0.1:8001", "/find?name=a")
--     local header = {}
--     status, body = httpc.request("PUT", "http://example.org", "/x", header, { ["content-type"] = "text/plain" }, "hello")
--
-- Rules: a host is "name", "name:port", "1.2.3.4:port" or "[v6]:port", with "http://" or
-- "https://" in front if you like. Every failure is raised. Redirects are not followed. Where a
-- tenant may connect is in the operator's hands.

local skynet = require "skynet"
local sockethelper = require "http.sockethelper"
local internal = require "http.internal"

---@class http.httpc
---@field timeout? integer hundredths of a second for a whole request; nil: no limit
local httpc = {}

---Accepted for Skynet's sake: names are resolved by the host, with its own servers.
---@param server? string
---@param port? integer
function httpc.dns(server, port) end

local default_port = { http = 80, https = 443 }

-- "[::1]:80" -> "::1", 80; "name:80" -> "name", 80
local function parse_host(text)
  local _, colons = text:gsub(":", "")
  if colons == 0 then return text end
  local host, port
  if colons == 1 then
    host, port = text:match "^(.-):(%d+)$"
    if not host then return text end
  else
    host, port = text:match "^%[(.-)%]:?(%d*)$"
    if not host then
      error(("Invalid host: bare IPv6 address '%s', use '[%s]' instead"):format(text, text))
    end
  end
  return host, tonumber(port)
end

---@return string protocol
---@return string host
---@return integer port
---@return string header what goes into the header "host"
local function parse_url(text)
  local protocol, rest = text:match "^(%a+)://(.*)$"
  protocol = protocol and protocol:lower() or "http"
  local header = rest or text
  local host, port = parse_host(header)
  if not default_port[protocol] then error("Invalid protocol: " .. protocol) end
  port = port or default_port[protocol]
  return protocol, host, port, header
end

local tls_context

local function require_tls()
  local found, tls = pcall(require, "http.tlshelper")
  if not found then error("https: this host has no TLS (module http.tlshelper)") end
  return tls
end

---@return http.Interface
local function make_interface(protocol, id, host)
  if protocol == "http" then
    return {
      read = sockethelper.readfunc(id),
      write = sockethelper.writefunc(id),
      readall = function() return sockethelper.readall(id) end,
    }
  end
  local tls = require_tls()
  tls_context = tls_context or tls.newctx()
  local session = tls.newtls("client", tls_context, host)
  return {
    init = tls.init_requestfunc(id, session),
    close = tls.closefunc(session),
    read = tls.readfunc(id, session),
    write = tls.writefunc(id, session),
    readall = tls.readallfunc(id, session),
  }
end

local function is_name(host)
  return not host:find ":" and not host:find "^%d+%.%d+%.%d+%.%d+$" or nil
end

local function close(connection)
  connection.finished = true
  sockethelper.close(connection.id)
  local closing = connection.interface.close
  connection.interface.close = nil
  if closing then closing() end
end

local function connect(where)
  local protocol, host, port, header = parse_url(where)
  if protocol == "https" then require_tls() end  -- before anybody is connected to
  local timeout = httpc.timeout
  local id = sockethelper.connect(host, port, timeout)
  local connection = { id = id, host = header }
  connection.interface = make_interface(protocol, id, is_name(host) and host)
  if timeout then
    skynet.timeout(timeout, function()
      -- What waits for the connection fails then; closing it is up to who opened it.
      if not connection.finished then sockethelper.shutdown(id) end
    end)
  end
  local init = connection.interface.init
  if init then
    local ok, reason = pcall(init, is_name(host) and host)
    if not ok then
      close(connection)
      error(reason, 0)
    end
  end
  return connection
end

local function request_head(connection, method, url, recvheader, header, content)
  return internal.request(connection.interface, method, connection.host, url, recvheader, header,
    content)
end

local function exchange(connection, ...)
  local status, rest, header = request_head(connection, ...)
  return status, internal.response(connection.interface, status, rest, header)
end

local function finish(connection, ok, ...)
  close(connection)
  if not ok then error((...), 0) end
  return ...
end

---Sends a request and reads the response.
---@param method string
---@param host string
---@param url string
---@param recvheader? table is filled with the response's header
---@param header? table<string, string|string[]>
---@param content? string
---@return integer status
---@return string body
function httpc.request(method, host, url, recvheader, header, content)
  if method == "HEAD" then return httpc.head(host, url, recvheader, header, content), "" end
  local connection = connect(host)
  return finish(connection,
    pcall(exchange, connection, method, url, recvheader, header, content))
end

---As request with the method "HEAD".
---@param host string
---@param url string
---@param recvheader? table
---@param header? table<string, string|string[]>
---@param content? string
---@return integer status
function httpc.head(host, url, recvheader, header, content)
  local connection = connect(host)
  return (finish(connection,
    pcall(request_head, connection, "HEAD", url, recvheader, header, content)))
end

---Sends a request and reads the head of the response. The body comes piece by piece from the
---stream, which also works in a loop: `for piece, stream in httpc.request_stream(…) do`. The
---timeout ends with the head.
---@param method string
---@param host string
---@param url string
---@param recvheader? table
---@param header? table<string, string|string[]>
---@param content? string
---@return http.Stream
function httpc.request_stream(method, host, url, recvheader, header, content)
  local connection = connect(host)
  local ok, status, rest, received =
    pcall(request_head, connection, method, url, recvheader, header, content)
  connection.finished = true
  if not ok then
    close(connection)
    error(status, 0)
  end
  local stream = internal.response_stream(connection.interface, status, rest, received, method)
  stream._onclose = function() close(connection) end
  return stream
end

---As request with the method "GET" and without content.
---@param host string
---@param url string
---@param recvheader? table
---@param header? table<string, string|string[]>
---@param content? string
---@return integer status
---@return string body
function httpc.get(host, url, recvheader, header, content)
  return httpc.request("GET", host, url, recvheader, header, content)
end

local function escape(value)
  return (tostring(value):gsub("[^%w_]", function(c) return ("%%%02X"):format(c:byte()) end))
end

---Sends the values of a form.
---@param host string
---@param url string
---@param form table<string, any>
---@param recvheader? table
---@return integer status
---@return string body
function httpc.post(host, url, form, recvheader)
  local pairs_of = {}
  for name, value in pairs(form) do
    pairs_of[#pairs_of + 1] = escape(name) .. "=" .. escape(value)
  end
  return httpc.request("POST", host, url, recvheader,
    { ["content-type"] = "application/x-www-form-urlencoded" }, table.concat(pairs_of, "&"))
end

return httpc
