-- expect: finished
-- A coroutine that outlives many slices is resumed by the host, not by the script: resume returns
-- once, with what the coroutine returned.
local co = coroutine.create(function()
  local n = 0
  for i = 1, 4e6 do n = n + i % 3 end
  return "whole", n
end)
local ok, word, n = coroutine.resume(co)
assert(ok and word == "whole" and n == 4000000, "ESCAPED: the script saw a pre-emption")
assert(coroutine.status(co) == "dead")
local yields = 0
for _ in coroutine.wrap(function()
  for _ = 1, 5 do
    for _ = 1, 5e5 do end
    coroutine.yield(true)
  end
end) do yields = yields + 1 end
assert(yields == 5)
print "held"
