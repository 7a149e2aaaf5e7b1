-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Microseconds for each %.99f, two thousand in one call.
local format, values = ("%99.99f"):rep(1000), {}
for i = 1, 1000 do values[i] = 1.7e308 end
while true do string.format(format, table.unpack(values)) end
