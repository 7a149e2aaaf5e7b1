-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Each call looks at every empty place again.
local t = {}
for i = 1, 60000 do t[i + 0.5] = true end
for i = 1, 60000 do t[i + 0.5] = nil end
while true do next(t) end
