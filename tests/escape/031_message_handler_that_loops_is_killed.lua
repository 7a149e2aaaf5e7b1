-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
xpcall(function() while true do end end, function() while true do end end)
