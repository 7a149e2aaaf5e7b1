-- A server whose clients come, go, stall and break off, and which is killed at random itself. It sends back
-- what it reads; a line "flood" brings more than a client that never reads can hold. Each connection has a timer.
local skynet = require "skynet"
local socket = require "skynet.socket"

local port = require "port"
local block = ("f"):rep(16384)

local function serve(id)
  socket.start(id)
  socket.limit(id, 65536)
  skynet.timeout(200, function()
    if not socket.invalid(id) then socket.shutdown(id) end
  end)
  while true do
    local data = socket.read(id)
    if not data then break end
    if data:find("flood", 1, true) then
      for _ = 1, 64 do
        if not socket.write(id, block) then break end
      end
    elseif not socket.write(id, data) then
      break
    end
  end
  socket.close(id)
end

skynet.start(function()
  local listener = socket.listen("127.0.0.1", port, 128)
  socket.start(listener, serve)
end)
