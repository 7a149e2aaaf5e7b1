-- expect: finished; quota: memory=4MiB
-- Millions of objects made and freed: what is charged comes back to where it was, to a few pages.
local moonward = require "moonward"
local function churn()
  for _ = 1, 20000 do
    local _ = { function() end, coroutine.wrap(print), tostring(_) .. "x" }
  end
  collectgarbage()
  collectgarbage()
end
churn()
local before = moonward.usage().memory
for _ = 1, 10 do churn() end
local after = moonward.usage().memory
assert(after <= before + (512 << 10), "ESCAPED: " .. before .. " -> " .. after)
assert(after >= collectgarbage "count" * 1024 and after <= 4 << 20)
print "held"
