-- expect: finished
-- Comparators that contradict themselves, shrink or grow the array: an error at most.
local function fresh()
  local t = {}
  for i = 1, 1000 do t[i] = (i * 7919) % 1009 end
  return t
end
local t = fresh()
assert(not pcall(table.sort, t, function() return true end))
t = fresh()
pcall(table.sort, t, function(a, b)
  for i = 1, 10 do t[i] = nil end
  return (a or 0) < (b or 0)
end)
t = fresh()
pcall(table.sort, t, function(a, b)
  for i = #t + 1, #t + 500 do t[i] = i end
  return a < b
end)
t = setmetatable({}, { __len = function() return math.maxinteger end })
assert(not pcall(table.sort, t) and not pcall(table.concat, setmetatable({}, { __len = function() return {} end })))
print "held"
