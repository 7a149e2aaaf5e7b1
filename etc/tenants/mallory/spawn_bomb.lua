-- Starts services without end. spawn_rate and max_services refuse most; what does start runs until
-- its own limit ends it.
local skynet = require "skynet"

skynet.start(function()
  while true do
    for _ = 1, 100 do
      skynet.fork(pcall, skynet.newservice, "drone")
    end
    skynet.sleep(5)
  end
end)
