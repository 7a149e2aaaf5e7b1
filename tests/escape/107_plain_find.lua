-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Without a pattern too: memchr and memcmp, n times m.
local subject = ("a"):rep(6000000)
subject:find(("a"):rep(3000000) .. "b", 1, true)
