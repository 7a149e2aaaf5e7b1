-- expect: finished
-- In comparators, gsub callbacks, metamethods, finalizers, to-be-closed variables and nested
-- coroutines: an error, or a wait that works.
local skynet = require "skynet"
local support = require "support"
skynet.start(function()
  skynet.dispatch("lua", function() skynet.ret() end)
  local me = skynet.self()
  local boundary = "C-call boundary"
  for _, wait in ipairs {
    function() skynet.sleep(0) end, function() skynet.call(me, "lua") end, skynet.yield,
    function() skynet.wait() end, function() skynet.exit() end,
    function() skynet.newservice "support" end,
    function() require("moonward").call(1, me, "lua") end,
  } do
    support.refused(boundary, table.sort, { 3, 2, 1 }, wait)
    support.refused(boundary, string.gsub, "x", ".", wait)
    support.refused(boundary, tostring, setmetatable({}, { __tostring = wait }))
    support.refused(boundary, coroutine.wrap(function() table.sort({ 2, 1 }, wait) end))
    local problem
    setmetatable({}, { __gc = function() problem = select(2, pcall(wait)) end })
    collectgarbage()
    collectgarbage()
    assert(tostring(problem):find(boundary, 1, true), problem)
    assert(load(wait) == nil)
  end
  local t = setmetatable({}, { __index = function()
    skynet.sleep(0)
    return "waited"
  end })
  assert(t.x == "waited")
  do
    local x <close> = setmetatable({}, { __close = function() skynet.call(me, "lua") end })
  end
  assert(coroutine.wrap(function() return coroutine.wrap(function()
    skynet.sleep(0)
    return t.x
  end)() end)() == "waited")
  support.held()
  skynet.exit()
end)
