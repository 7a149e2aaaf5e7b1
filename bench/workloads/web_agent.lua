-- One of the services behind web.lua: it is handed connections by number.
local skynet = require "skynet"
local socket = require "skynet.socket"
local httpd = require "http.httpd"
local sockethelper = require "http.sockethelper"

local headers = { ["content-type"] = "text/plain", connection = "keep-alive" }

local function serve(id)
  socket.start(id)
  local read = sockethelper.readfunc(id)
  -- An answer leaves in one piece: in several, Nagle's algorithm would make the rest wait for the first one's receipt.
  local function answer(...)
    local pieces = {}
    if httpd.write_response(function(piece) pieces[#pieces + 1] = piece end, ...) then
      return socket.write(id, table.concat(pieces))
    end
  end
  while true do
    local code, _, _, header = httpd.read_request(read, 8192)
    if not code then break end
    if code ~= 200 then
      answer(code)
      break
    end
    if not answer(code, "hello\n", headers) then break end
    if header.connection and header.connection:lower() == "close" then break end
  end
  socket.close(id)
end

skynet.start(function()
  skynet.dispatch("lua", function(_, _, id) serve(id) end)
end)
