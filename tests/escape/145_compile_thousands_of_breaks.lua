-- expect: finished or killed cpu_per_c_call; quota: cpu_per_c_call=250ms
-- Gotos, breaks and labels are lists: within source_bytes they stay within cpu_per_c_call, or end.
local one = "do local function f() while true do " .. ("if x then break end "):rep(8000) .. "end end end "
load(one:rep(5))
local labels = {}
for i = 1, 20000 do labels[i] = "::l" .. i .. "::" end
load("do local function f() " .. table.concat(labels) .. " end end ")
print "held"
