-- expect: finished; quota: memory=4MiB
-- 5.4.7 and before: the __newindex table of a weak metatable was freed while it was written, when the
-- heap is so full that each allocation collects.
local keep
pcall(function() for _ = 1, 26000 do keep = { keep } end end)
for _ = 1, 400 do
  local meta = setmetatable({ __newindex = {} }, { __mode = "v" })
  local t = setmetatable({}, meta)
  for i = 1, 40 do t[i + 0.5] = i end
end
print "held"
