-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- __name is copied by every conversion.
local t = setmetatable({}, { __name = ("n"):rep(2000000) })
while true do tostring(t) end
