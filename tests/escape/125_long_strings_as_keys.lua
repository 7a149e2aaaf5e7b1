-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- The first use of a long string as a key hashes all of it.
local s = ("x"):rep(2000000)
local t = {}
while true do t[s .. "y"] = nil end
