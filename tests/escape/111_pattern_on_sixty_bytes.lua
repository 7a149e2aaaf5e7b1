-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Short subjects are no exception: sixty bytes are enough for hours.
local pattern = ("a-"):rep(30) .. "b"
;("a"):rep(60):find(pattern)
