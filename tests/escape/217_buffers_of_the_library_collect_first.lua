-- expect: finished; quota: memory=8MiB
-- A buffer of the string library asks the allocator itself: garbage must not make it fail for ever.
local a = ("a"):rep(2000000)
local failures = 0
for round = 1, 30 do
  for i = 1, 10000 + round * 1000 do local _ = { i } end
  if not pcall(string.rep, "x", 1500000) then
    failures = failures + 1
    collectgarbage()
    assert(pcall(string.rep, "x", 1500000))
  end
end
assert(#a == 2000000)
print("failures on garbage", failures)
print "held"
