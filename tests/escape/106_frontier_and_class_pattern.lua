-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Sets and frontiers are searched byte by byte.
local set = "[" .. ("^%w"):rep(300) .. "]"
string.find(("a"):rep(3000000), "%f" .. set .. (set .. "-"):rep(3) .. "\1")
