-- expect: killed instructions_per_turn; quota: instructions_per_turn=300000
-- Each coroutine does less than any hook interval; together they meet the budget.
local function work()
  local x = 0
  for i = 1, 100 do x = x + i end
end
for _ = 1, 1e7 do coroutine.resume(coroutine.create(work)) end
