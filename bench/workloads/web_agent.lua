-- One of the services behind web.lua: it is handed connections by number.
local skynet = require "skynet"
local socket = require "skynet.socket"
local httpd = require "http.httpd"
local sockethelper = require "http.sockethelper"

local headers = { ["content-type"] = "text/plain", connection = "keep-alive" }

local function serve(id)
  socket.start(id)
  local read, write = sockethelper.readfunc(id), sockethelper.writefunc(id)
  while true do
    local code, _, _, header = httpd.read_request(read, 8192)
    if not code then break end
    if code ~= 200 then
      httpd.write_response(write, code)
      break
    end
    if not httpd.write_response(write, code, "hello\n", headers) then break end
    if header.connection and header.connection:lower() == "close" then break end
  end
  socket.close(id)
end

skynet.start(function()
  skynet.dispatch("lua", function(_, _, id) serve(id) end)
end)
