-- expect: finished
-- No metatable of an object of the host can be reached, so none of its functions is called by hand.
local timer = require("moonward").after(1000, print)
local response = require("skynet").response
assert(type(getmetatable(timer)) == "string")
assert(not pcall(function() timer.__gc(timer) end))
assert(not pcall(function() timer.field = 1 end))
assert(not pcall(rawset, timer, "x", 1) and not pcall(rawget, timer, "x"))
assert(not pcall(response))
timer:cancel()
print "held"
