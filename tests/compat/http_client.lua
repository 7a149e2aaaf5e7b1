-- exec: --listen 127.0.0.1:* --connect 127.0.0.1:*
-- http.httpc, and readers of sockets, against a server of the same service.

local skynet = require "skynet"
local socket = require "skynet.socket"
local httpc = require "http.httpc"
local httpd = require "http.httpd"
local internal = require "http.internal"
local sockethelper = require "http.sockethelper"
local support = require "support"

local answers = {
  ["/length"] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: 2\r\n\r\nhello",
  ["/chunks"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nX-B: 3\r\n\r\n",
  ["/end"] = "HTTP/1.1 200 OK\r\n\r\nhello",
  ["/none"] = "HTTP/1.1 204 No Content\r\n\r\n",
  ["/redirect"] = "HTTP/1.1 302 Found\r\nLocation: /length\r\nContent-Length: 0\r\n\r\n",
  ["/continue"] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  ["/head"] = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
  ["/bad"] = "nonsense\r\n\r\n",
  ["/smuggled"] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ["/badchunk"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
  ["/short"] = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
  ["/shorthead"] = "HTTP/1.1 200 OK\r\nContent-Le",
}

local function show_fields(header)
  local fields = {}
  for name, value in pairs(header) do
    fields[#fields + 1] = name .. "=" .. (type(value) == "table" and table.concat(value, "|") or value)
  end
  table.sort(fields)
  return table.concat(fields, " ")
end

local host

local function serve(id)
  socket.start(id)
  local code, url, method, header, body = httpd.read_request(sockethelper.readfunc(id))
  if code == 200 then
    header.host = header.host == host and "HOST" or header.host
    if url == "/never" then skynet.sleep(100)
    elseif answers[url] then socket.write(id, answers[url])
    else
      httpd.write_response(sockethelper.writefunc(id), 200,
        ("%s %s %s %q"):format(method, url, show_fields(header), body))
    end
  end
  socket.close(id)
end

local function text(err) return (support.text(err):gsub("%d%d%d%d%d?", "PORT"):gsub("fd = %d+", "fd")) end

local function try(label, f, ...)
  local function show(ok, ...)
    if ok then print(label, ...) else print(label, "raised", text((...))) end
  end
  show(pcall(f, ...))
end

skynet.start(function()
  local id, _, port = socket.listen("127.0.0.1", 0)
  socket.start(id, function(client) skynet.fork(serve, client) end)
  host = "127.0.0.1:" .. port

  try("get", httpc.get, host, "/x?y")
  try("get by URL", httpc.get, "http://" .. host, "/x")
  try("get with header", httpc.get, host, "/", nil, { ["X-A"] = { "1", "2" }, host = "other" })
  try("post", httpc.post, host, "/", { ["a b"] = "c&d" })
  try("put", httpc.request, "PUT", host, "/", nil, nil, "some")
  try("chunks", httpc.request, "PUT", host, "/", nil, { ["transfer-encoding"] = "chunked" },
    "1\r\na\r\n0\r\n\r\n")
  try("head", httpc.head, host, "/head")
  try("request of a head", httpc.request, "HEAD", host, "/head")
  for _, path in ipairs { "/length", "/chunks", "/end", "/none", "/redirect", "/continue" } do
    local header = {}
    try(path, httpc.get, host, path, header)
    print("", show_fields(header))
  end
  for _, path in ipairs { "/bad", "/smuggled", "/badchunk", "/short", "/shorthead" } do
    try(path, httpc.get, host, path)
  end
  try("line feed in the URL", httpc.get, host, "/a\r\nX-Evil: 1")
  try("line feed in a header", httpc.get, host, "/", nil, { ["X-Evil"] = "a\nb" })
  try("line feed in the method", httpc.request, "GET / HTTP/1.1\r\n", host, "/")

  for _, path in ipairs { "/length", "/chunks", "/end", "/none", "/short", "/badchunk" } do
    local pieces = {}
    local stream = httpc.request_stream("GET", host, path)
    for piece in stream do pieces[#pieces + 1] = piece end
    print("stream " .. path, stream.status, table.concat(pieces), stream.connected)
    stream:close()
  end

  httpc.timeout = 10
  try("timeout", httpc.get, host, "/never")
  httpc.timeout = 1000
  try("in time", httpc.get, host, "/length")
  httpc.timeout = nil

  httpc.dns()
  httpc.dns("127.0.0.1", 53)
  try("https", httpc.get, "https://" .. host, "/")
  try("protocol", httpc.get, "ftp://" .. host, "/")
  try("bare IPv6", httpc.get, "::1", "/")
  socket.close(id)
  local ok, err = pcall(httpc.get, host, "/")
  print("nobody listens", ok, err == sockethelper.socket_error, text(err):gsub("err = .*", "err"))
  ok, err = pcall(sockethelper.readfunc(id))
  print("closed", ok, support.text(err):gsub("%d+", "N"))

  -- Parts of http.internal that scripts use by themselves.
  local lines = {}
  local rest = internal.recvheader(function() return "A: 1\r\nB: 2\r\n\r\nrest" end, lines, "")
  print(rest, table.concat(lines, ","), show_fields(internal.parseheader(lines, 1, { c = "3" })))
  print(internal.parseheader({ "no colon" }, 1, {}))
  local read = sockethelper.readfunc(0, "abcdef")
  print(read(2), read(1), read())
  skynet.exit()
end)
