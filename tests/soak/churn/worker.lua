-- Answers one call and ends, or ends instead of answering.
local skynet = require "skynet"
local heap = {}
skynet.start(function()
  for i = 1, 1000 do heap[i] = { tostring(i) } end
  skynet.dispatch("lua", function(_, _, politely)
    if politely then skynet.retpack(#heap) end
    skynet.exit()
  end)
end)
