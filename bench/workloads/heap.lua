-- Fills its heap with as many small tables as it is told.
local skynet = require "skynet"
local kept = {}
skynet.start(function()
  skynet.dispatch("lua", function(_, _, count)
    for i = 1, count do kept[i] = { i } end
    skynet.ret(skynet.pack(collectgarbage "count"))
  end)
end)
