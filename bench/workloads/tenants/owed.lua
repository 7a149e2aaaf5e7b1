-- owed PORT COUNT: how long messages take that this tenant is owed CPU for, while another one's loops hold every core.
-- From outside: each eight bytes that come by PORT are an instant of skynet.hpc's clock, which a sender learns by
-- sending zeros. From inside: a timer each 10 ms, and with it a message to another service.
local skynet = require "skynet"
local socket = require "skynet.socket"
local percentiles = require "percentiles"
local port, count = ...
count = math.tointeger(tonumber(count))
skynet.start(function()
  local stamps, ticks = {}, {}
  local receiver = skynet.newservice("owed_receiver", count)
  local left = 2
  local function finished()
    left = left - 1
    if left > 0 then return end
    skynet.call(receiver, "lua", "report")
    percentiles.report("owed_tcp", stamps)
    percentiles.report("owed_timer", ticks)
    print "done"
  end
  local function tick()
    for i = 1, count do
      local due = skynet.hpc() + 10000000
      skynet.sleep(1)
      local now = skynet.hpc()
      ticks[i] = math.max(0, now - due)
      skynet.send(receiver, "lua", now)
    end
    finished()
  end
  local listener = socket.listen("127.0.0.1", math.tointeger(tonumber(port)))
  socket.start(listener, function(id)
    socket.start(id)
    while #stamps < count do
      local data = socket.read(id, 8)
      if not data then return end
      local now, sent = skynet.hpc(), string.unpack("<i8", data)
      if sent == 0 then
        socket.write(id, string.pack("<i8", now))
      else
        if #stamps == 0 then skynet.fork(tick) end
        stamps[#stamps + 1] = now - sent
      end
    end
    finished()
    socket.close(id)
  end)
  print "listening"
end)
