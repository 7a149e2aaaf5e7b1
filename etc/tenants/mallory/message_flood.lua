-- Sends to a service that reads slowly, as fast as it can: the mailbox fills up, and then `send`
-- says false. It breaks no limit, so it lives, and costs what its tenant may use.
local skynet = require "skynet"

skynet.start(function()
  local sink = skynet.newservice("sink")
  while true do
    for _ = 1, 1000 do
      skynet.send(sink, "lua", "flood", string.rep("x", 500))
    end
    skynet.sleep(1)
  end
end)
