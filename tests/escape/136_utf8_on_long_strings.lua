-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local s = ("\u{e9}"):rep(2000000)
while true do
  utf8.len(s)
  utf8.offset(s, -1)
end
