-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Integer keys have no seed: a chain of thousands is one look-up.
local t, m = {}, (1 << 12) - 1
for j = 1, 4000 do t[j * m] = 1 end
local x
while true do x = t[9000 * m] end
