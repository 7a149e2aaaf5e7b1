-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Each comparison reads 100 KB.
local prefix = ("a"):rep(100000)
local t = {}
for i = 1, 100 do t[i] = prefix .. (i * 7919 % 121) end
while true do
  table.sort(t)
  t[1], t[60] = t[60], t[1]
end
