-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- One access walks 1990 tables.
local t = {}
for _ = 1, 1990 do t = setmetatable({}, { __index = t }) end
local x
while true do x = t.absent end
