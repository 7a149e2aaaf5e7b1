-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- n^k steps of a short pattern on a short subject.
string.match(("a"):rep(300), (".-"):rep(8) .. "b")
