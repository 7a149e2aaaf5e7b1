-- expect: finished; quota: memory=4MiB
-- The Lua stack is in the heap: recursion without an end is an error within the cap.
local moonward = require "moonward"
local function f(a, b, c, d, e, g, h) return (f(a, b, c, d, e, g, h)) end
assert(not pcall(f))
local function through_pcall() return pcall(through_pcall) end
pcall(through_pcall)
assert(moonward.usage().memory <= 4 << 20)
print "held"
