-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local s = ("9"):rep(3000000)
while true do
  tonumber(s)
  tonumber(s, 36)
  pcall(math.floor, s)
end
