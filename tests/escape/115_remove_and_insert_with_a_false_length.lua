-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
local t = setmetatable({}, { __len = function() return 1 << 40 end })
table.remove(t, 1)
