-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local format = ("b"):rep(3000000)
while true do
  string.packsize(format)
  pcall(string.unpack, format, "")
end
