-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Inside a generic for, where the call is not even written.
for _ in ("a"):rep(30000):gmatch ".-.-.-b" do end
