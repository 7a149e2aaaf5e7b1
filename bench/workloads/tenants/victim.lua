-- Does what it is asked: runs away in a loop, or in one library call, or fills its heap with small tables.
local skynet = require "skynet"
local kept = {}
skynet.start(function()
  skynet.dispatch("lua", function(_, _, what, count)
    if what == "loop" then
      while true do end
    elseif what == "c_call" then
      return (("a"):rep(40):find(("a*"):rep(40) .. "b"))
    end
    for i = 1, count do kept[i] = { i } end
    skynet.ret(skynet.pack(collectgarbage "count"))
  end)
end)
