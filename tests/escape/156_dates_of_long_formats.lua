-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local format = ("%c%x%X"):rep(30000)
while true do pcall(os.date, format) end
