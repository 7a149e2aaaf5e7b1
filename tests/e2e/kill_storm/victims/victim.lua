-- Does one of many kinds of work until it is killed.
local skynet = require "skynet"

local kind = tonumber((...))

local works = {
  function() while true do local t = {} for i = 1, 100 do t[i] = ("x"):rep(i * 37) end end end,
  function() while true do local s = 0 for i = 1, 1000 do s = s + i end end end,
  function()
    while true do
      local t = {}
      for i = 1, 500 do t[i] = (i * 7919) % 503 end
      table.sort(t, function(a, b) return a < b end)
    end
  end,
  function() while true do ("abc"):rep(1000):gsub("b", function(c) return c .. c end) end end,
  function()
    local function f(n) return setmetatable({}, { __index = function() return f(n + 1) end }) end
    while true do pcall(function() local x = f(1) for i = 1, 10 do x = x[i] end end) end
  end,
  function()
    while true do
      local c = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end)
      for _ = 1, 10 do c() end
    end
  end,
  function() while true do load("return " .. ("("):rep(100) .. "1" .. (")"):rep(100))() end end,
  function() while true do pcall(error, {}) collectgarbage() end end,
  function() local t = {} for i = 1, 1e9 do t[i] = i end end,
  function()
    while true do
      skynet.send(skynet.self(), "lua", { ("m"):rep(300), { 1, 2, 3 } })
      skynet.yield()
    end
  end,
  function() while true do skynet.unpack(skynet.packstring({ a = { b = { ("s"):rep(1000) } } })) end end,
  function()
    while true do
      skynet.timeout(1, function() end)
      skynet.sleep(0)
    end
  end,
  -- The last two never reach a hook.
  function() while true do ("a"):rep(24):find(("a*"):rep(12) .. "b") end end,
  function() return table.move({}, 1, math.maxinteger - 1, 2) end,
}

skynet.start(function()
  skynet.dispatch("lua", function(session)
    if session ~= 0 then skynet.wait() end
  end)
  skynet.fork(works[(kind - 1) % #works + 1])
end)
