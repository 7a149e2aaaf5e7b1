-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- strcoll, chunk by chunk: ten milliseconds per megabyte and instruction.
local a, b = ("\0"):rep(2000000), ("\0"):rep(1999999) .. "\1"
local x
while true do x = a < b end
