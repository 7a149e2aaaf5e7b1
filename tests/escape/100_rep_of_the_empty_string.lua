-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- A total of 0 bytes passes every check of sizes; the loop behind it runs 2^63 times.
string.rep("", math.maxinteger)
