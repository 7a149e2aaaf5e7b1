-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
-- Loops without a call, and calls without a loop.
local function tail(n) return tail(n + 1) end
pcall(coroutine.wrap(function()
  for _ = 1, 10 do
    local ok = pcall(function()
      local n = 0
      ::again::
      n = n + 1
      if n < 1e7 then goto again end
    end)
    assert(ok)
  end
  tail(1)
end))
