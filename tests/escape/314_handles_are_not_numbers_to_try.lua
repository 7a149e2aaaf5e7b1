-- expect: finished
-- Every handle of a wide range, and odd ones: nobody there but oneself, and nothing is done.
local skynet = require "skynet"
local support = require "support"
require "skynet.manager"
skynet.start(function()
  local me = skynet.self()
  local hits = 0
  for generation = 0, 3 do
    for index = 0, 300 do
      local id = generation << 24 | index
      if id ~= me and id ~= 0 and skynet.send(id, "lua", "x") then hits = hits + 1 end
    end
  end
  for _, id in ipairs { -1, math.mininteger, math.maxinteger, 1 << 32 | me, 1 << 62, 0xffffffff } do
    if skynet.send(id, "lua") then hits = hits + 1 end
  end
  assert(hits == 0, "ESCAPED: " .. hits)
  for _, address in ipairs { ":", ":zz", ":0x", ":1 ", ":1.0", ":ffffffffffffffffffff", "", ".", "\0", "1.5" } do
    local ok, result = pcall(skynet.send, address, "lua")
    assert(not ok or result == nil, address)
  end
  for _, address in ipairs { 0, 1.5, {}, print, true } do
    assert(not pcall(skynet.send, address, "lua"))
  end
  support.refused("not permitted", skynet.kill, me)
  support.refused("not permitted", skynet.abort)
  support.refused("not permitted", skynet.monitor, me)
  support.refused("not permitted", skynet.launch, "logger")
  support.held()
  skynet.exit()
end)
