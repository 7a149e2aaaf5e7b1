-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Three kilobytes of room: a full collection for every forty tables.
local keep
pcall(function() while true do keep = { keep } end end)
for _ = 1, 40 do keep = keep[1] end
while true do local _ = {} end
