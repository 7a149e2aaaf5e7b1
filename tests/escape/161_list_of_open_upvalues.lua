-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
-- Closing over the lowest frame of a deep stack walks all that is open above.
local keep = {}
local function deep(n, low)
  local a, b, c, d = n, n, n, n
  keep[1] = function() return a, b, c, d end
  if n > 0 then return (deep(n - 1, low)) end
  while true do low() end
end
local z = 0
deep(6000, function() return function() return z end end)
