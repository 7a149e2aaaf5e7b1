-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- 400 000 numbers in one library call.
local t = {}
for i = 1, 400000 do t[i] = (i * 7919) % 400009 end
while true do
  table.sort(t)
  for i = 1, 2000 do t[i * 100] = -i end
end
