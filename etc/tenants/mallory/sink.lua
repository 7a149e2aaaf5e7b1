-- Reads its messages one a millisecond or slower.
local skynet = require "skynet"

skynet.start(function()
  skynet.dispatch("lua", function()
    local until_then = os.clock() + 0.001
    while os.clock() < until_then do
    end
  end)
end)
