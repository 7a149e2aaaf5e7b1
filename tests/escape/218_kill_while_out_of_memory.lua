-- expect: killed cpu_per_turn; quota: memory=2MiB, cpu_per_turn=80ms
-- The limit on time is met while every allocation fails, in handlers and finalizers too.
local function hold() while true do keep = { keep, setmetatable({}, { __gc = hold }) } end end
local function round()
  pcall(hold)
  xpcall(hold, hold)
  local x <close> = setmetatable({}, { __close = function() pcall(hold) end })
  keep = keep and keep[1]
end
while true do pcall(round) end
