-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms; absent: went on
while true do
  load(function() while true do end end)
  print "went on"
end
