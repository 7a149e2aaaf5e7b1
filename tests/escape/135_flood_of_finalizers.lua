-- expect: killed cpu_per_turn; quota: cpu_per_turn=80ms
local meta = { __gc = function() for _ = 1, 3000 do end end }
while true do
  for _ = 1, 5000 do setmetatable({}, meta) end
  collectgarbage()
end
