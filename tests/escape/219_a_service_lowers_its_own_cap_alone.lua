-- expect: finished; quota: memory=4MiB
-- set_memory_limit is never above the quota, and nobody else's.
local core = require "skynet.core"
core.set_memory_limit(1 << 40)
local ok = pcall(string.rep, "x", 5 << 20)
assert(not ok, "ESCAPED: above the quota")
core.set_memory_limit(1 << 20)
assert(not pcall(string.rep, "x", 2 << 20))
assert(not pcall(core.set_memory_limit, 0) and not pcall(core.set_memory_limit, math.mininteger))
core.set_memory_limit(1)
collectgarbage()
core.set_memory_limit(4 << 20)
assert(pcall(string.rep, "x", 1 << 20))
print "held"
