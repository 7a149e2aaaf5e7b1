-- expect: finished
-- 5.4.8 and before: the depth of a gmatch was not reset by "pattern too complex"; the second call of the
-- iterator recursed without end.
local n = 400000
local iterate = string.gmatch(("a"):rep(n), ("a?"):rep(n))
for _ = 1, 3 do
  local ok, problem = pcall(iterate)
  assert(not ok and problem:find "too complex")
end
print "held"
