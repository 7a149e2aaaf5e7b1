-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- No operator that goes back, and still quadratic.
string.find(("("):rep(1500000), "%b()")
