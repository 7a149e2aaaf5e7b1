-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Two thousand million virtual elements, writes go nowhere.
table.sort(setmetatable({}, {
  __len = function() return (1 << 31) - 2 end,
  __index = getmetatable,
  __metatable = 1,
  __newindex = type,
}))
