-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local s = ("x"):rep(2000000)
local x
while true do x = s .. "y" end
