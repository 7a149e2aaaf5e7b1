-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local t = {}
for i = 1, 200000 do t[i] = i end
while true do select("#", table.unpack(t)) end
