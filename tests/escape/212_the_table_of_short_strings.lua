-- expect: finished; quota: memory=4MiB
-- Short strings are in one table of the state, which doubles: inside the cap too.
local t, n = {}, 0
pcall(function()
  while true do
    n = n + 1
    t[n] = "s" .. n
  end
end)
assert(n > 10000)
for i = n // 2, n do t[i] = nil end
collectgarbage()
for i = 1, n // 2 - 1 do assert(t[i] == "s" .. i) end
assert(require("moonward").usage().memory <= 4 << 20)
print "held"
