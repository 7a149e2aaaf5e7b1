-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
-- A comparator, a gsub callback, a metamethod that C calls, one inside the other.
local loops = setmetatable({}, { __index = function() while true do end end })
table.sort({ 3, 2, 1 }, function()
  return (("x"):gsub(".", loops)) == "y"
end)
