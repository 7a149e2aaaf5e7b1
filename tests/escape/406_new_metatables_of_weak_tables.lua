-- expect: finished; quota: memory=8MiB
-- 5.4.8 and before: a weak table that got its metatable during the collection's marking could lose it.
local tables = {}
for i = 1, 300 do tables[i] = setmetatable({}, { __mode = "kv" }) end
for r = 1, 40000 do
  for _ = 1, 6 do local _ = { r, { r } } end
  setmetatable(tables[r % 300 + 1], { __mode = "kv", __index = { tag = r } })
  local meta = getmetatable(tables[(r * 7) % 300 + 1])
  assert(meta.__mode == "kv" and (not meta.__index or type(meta.__index.tag) == "number"), "ESCAPED")
  if r % 100 == 0 then collectgarbage("step", 4) end
end
print "held"
