-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Each refused allocation is a full collection, for eight instructions.
local keep = {}
for i = 1, 60000 do keep[i] = { i } end
local big = ("x"):rep(2000000)
local function grow() return big .. big .. big .. big .. big .. big end
while true do pcall(grow) end
