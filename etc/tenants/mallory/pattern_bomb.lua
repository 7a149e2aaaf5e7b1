-- A pattern that backtracks for years inside one library call, where no hook is reached: killed at
-- cpu_per_c_call. Meanwhile another worker stands in for the one that is stuck.
local text = string.rep("a", 30000)
string.find(text, string.rep("a-", 20) .. "b")
