-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
error(setmetatable({}, { __tostring = function() while true do end end }))
