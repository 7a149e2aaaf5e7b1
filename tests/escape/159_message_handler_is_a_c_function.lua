-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Nothing of the interpreter runs in there.
local t = setmetatable({}, { __index = getmetatable, __metatable = "" })
xpcall(error, function(e) return table.concat(e, "", 1, math.maxinteger - 1) end, t)
