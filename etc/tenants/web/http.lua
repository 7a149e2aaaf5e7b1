-- A small HTTP server: every GET is answered with a page, connections are kept.
local skynet = require "skynet"
local socket = require "skynet.socket"

local store, address, port = ...
store, port = tonumber(store), tonumber(port)

local longest_head = 8192
local requests = 0

local function reply(id, status, body, keep)
  return socket.write(id, {
    "HTTP/1.1 ", status, "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ",
    tostring(#body), "\r\nConnection: ", keep and "keep-alive" or "close", "\r\n\r\n", body,
  })
end

-- The request line and whether the client wants to keep the connection; nothing at its end.
local function read_head(id)
  local first = socket.readline(id, "\r\n")
  if not first then
    return nil
  end
  local keep, size = first:find("HTTP/1.1", 1, true) ~= nil, #first
  while true do
    local line = socket.readline(id, "\r\n")
    if not line or size > longest_head then
      return nil
    end
    if line == "" then
      return first, keep
    end
    size = size + #line
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name and name:lower() == "connection" then
      keep = value:lower() ~= "close"
    end
  end
end

local function page(path)
  local keys = skynet.call(store, "lua", "count")
  return string.format("Hello from Moonward.\n\nYou asked for %s.\n%d requests so far, %d keys in the store.\n",
    path, requests, keys)
end

local function serve(id)
  socket.start(id)
  socket.limit(id, longest_head)
  while true do
    local first, keep = read_head(id)
    if not first then
      break
    end
    requests = requests + 1
    local method, path = first:match("^(%u+) (%S+) HTTP/1%.[01]$")
    local ok
    if not method then
      keep, ok = false, reply(id, "400 Bad Request", "This is no HTTP request.\n", false)
    elseif method ~= "GET" then
      keep, ok = false, reply(id, "405 Method Not Allowed", "GET is all there is.\n", false)
    else
      ok = reply(id, "200 OK", page(path), keep)
    end
    if not ok or not keep then
      break
    end
  end
  socket.close(id)
end

skynet.start(function()
  local listener = socket.listen(address, port)
  socket.start(listener, serve)
end)
