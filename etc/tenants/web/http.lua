-- A small HTTP server: every GET is answered with a page, connections are kept.
local skynet = require "skynet"
local socket = require "skynet.socket"
local httpd = require "http.httpd"
local sockethelper = require "http.sockethelper"
local url = require "http.url"

local store, address, port = ...
store, port = tonumber(store), tonumber(port)

local requests = 0

local function page(path)
  local keys = skynet.call(store, "lua", "count")
  return string.format("Hello from Moonward.\n\nYou asked for %s.\n%d requests so far, %d keys in the store.\n",
    path, requests, keys)
end

local function answer(code, method, target)
  if code ~= 200 then return code, "This is no request for this server.\n" end
  if method ~= "GET" then return 405, "GET is all there is.\n" end
  return 200, page((url.parse(target)))
end

local function serve(id)
  socket.start(id)
  local read, write = sockethelper.readfunc(id), sockethelper.writefunc(id)
  repeat
    local code, target, method, header = httpd.read_request(read, 0)
    if not code then break end
    requests = requests + 1
    local status, body = answer(code, method, target)
    local keep = status == 200 and header.connection ~= "close"
    local ok = httpd.write_response(write, status, body, {
      ["content-type"] = "text/plain; charset=utf-8",
      connection = keep and "keep-alive" or "close",
    })
  until not ok or not keep
  socket.close(id)
end

skynet.start(function()
  local listener = socket.listen(address, port)
  socket.start(listener, serve)
end)
