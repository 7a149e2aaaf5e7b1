-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Whatever is around the library function, the kill goes through.
local closer <close> = setmetatable({}, { __close = function() while true do end end })
while true do
  coroutine.wrap(function()
    pcall(xpcall, function() string.match(("a"):rep(300), (".-"):rep(8) .. "b") end, print)
  end)()
end
