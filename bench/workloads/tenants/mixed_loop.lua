-- A runaway that calls, catches errors, allocates and switches coroutines.
local skynet = require "skynet"
local function sum(a, ...) return a and a + sum(...) or 0 end
skynet.start(function()
  while true do
    pcall(error, "x")
    local texts = {}
    for i = 1, 20 do texts[i] = ("%d:%s"):format(i, ("ab"):rep(i)) end
    table.concat(texts, ","):gsub("%d+", "")
    sum(1, 2, 3, 4, 5)
    for value in coroutine.wrap(function() for i = 1, 5 do coroutine.yield(i) end end) do texts[value] = nil end
  end
end)
