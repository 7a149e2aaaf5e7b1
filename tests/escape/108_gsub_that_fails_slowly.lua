-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
("a"):rep(30000):gsub(".-.-.-b", "")
