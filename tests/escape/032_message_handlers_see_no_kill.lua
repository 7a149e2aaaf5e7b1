-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms; absent: went on
local function nest(depth)
  xpcall(function()
    if depth > 0 then nest(depth - 1) end
    while true do end
  end, function()
    print "went on"
    while true do end
  end)
  print "went on"
end
nest(20)
