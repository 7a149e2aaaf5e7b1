-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- A few instructions for megabytes of copying: instructions are no measure of time.
while true do string.rep("x", 7000000) end
