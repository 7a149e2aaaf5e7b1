-- expect: finished; quota: mailbox_messages=1000
-- Doubling ends at the same limit, and the other tasks go on.
local skynet = require "skynet"
skynet.start(function()
  local full = 0
  skynet.dispatch("lua", function()
    for _ = 1, 2 do
      if not skynet.send(skynet.self(), "lua") then full = full + 1 end
    end
  end)
  skynet.send(skynet.self(), "lua")
  while full < 1000 do skynet.sleep(1) end
  print "held"
  skynet.exit()
end)
