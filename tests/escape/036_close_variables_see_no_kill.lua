-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms; absent: went on
local closer = setmetatable({}, { __close = function()
  print "went on"
  error("harmless script bug", 0)
end })
local outer <close> = closer
pcall(function()
  local inner <close> = closer
  while true do end
end)
print "went on"
