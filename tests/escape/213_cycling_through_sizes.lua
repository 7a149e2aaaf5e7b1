-- expect: finished; quota: memory=4MiB
-- Every other block is freed, then other sizes are asked for: the cap is on what the process holds.
local usage = require("moonward").usage
for round = 1, 30 do
  local keep = {}
  pcall(function()
    for i = 1, 3000 do keep[i] = ("f"):rep(200 + round * 37) .. i end
  end)
  for i = 1, #keep, 2 do keep[i] = nil end
  collectgarbage()
  assert(usage().memory <= 4 << 20, "ESCAPED: " .. usage().memory)
end
print "held"
