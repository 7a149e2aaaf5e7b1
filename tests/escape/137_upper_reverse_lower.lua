-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local s = ("x"):rep(3000000)
while true do
  s:upper()
  s:reverse()
  s:lower()
end
