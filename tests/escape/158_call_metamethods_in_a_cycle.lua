-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- One call instruction that never comes to a function.
local a, b = {}, {}
setmetatable(a, { __call = b })
setmetatable(b, { __call = a })
pcall(a)
print "ESCAPED"
