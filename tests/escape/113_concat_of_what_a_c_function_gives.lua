-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Every element is "" and comes from a C function: the interpreter runs nothing.
local t = setmetatable({}, { __index = getmetatable, __metatable = "" })
table.concat(t, "", 1, math.maxinteger - 1)
