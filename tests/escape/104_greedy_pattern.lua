-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
string.match(("a"):rep(300), (".*"):rep(8) .. "b")
