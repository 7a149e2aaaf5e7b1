-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local a, b = ("x"):rep(3000000), ("x"):rep(2999999) .. "x"
local x
while true do x = a == b end
