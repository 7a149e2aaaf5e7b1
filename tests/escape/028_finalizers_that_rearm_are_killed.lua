-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms
-- Hooks are off in finalizers; the kill isn't.
local function arm()
  setmetatable({}, { __gc = function()
    for _ = 1, 2e6 do end
    arm()
  end })
end
arm()
while true do collectgarbage() end
