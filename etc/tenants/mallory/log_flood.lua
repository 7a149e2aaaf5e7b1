-- Prints without end, and tries to move the cursor of whoever reads the log. log_rate drops most
-- lines and says how many; control characters are written as text.
local skynet = require "skynet"

skynet.start(function()
  while true do
    for number = 1, 100 do
      print("\27[2J\27[Hyou have been hacked", number)
    end
    skynet.sleep(10)
  end
end)
