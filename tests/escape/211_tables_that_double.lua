-- expect: finished; quota: memory=4MiB
-- Doubling a table needs both sizes at once: refused, the table is as it was.
local t, n = {}, 0
local ok, problem = pcall(function()
  while true do
    t["k" .. n + 1] = n + 1
    n = n + 1
  end
end)
assert(not ok and problem == "not enough memory")
local count = 0
for key, value in next, t do
  assert(key == "k" .. value)
  count = count + 1
end
assert(count == n and n > 1000)
print "held"
