-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Few instructions, each worth a million: the limit is on the clock.
local a, b = ("\0"):rep(2000000), ("\0"):rep(1999999) .. "\1"
local x
for _ = 1, 100000 do x = a < b end
print "ESCAPED"
