-- expect: finished
-- Numbers, booleans, nil, functions and threads have no metatable, and a script can't give them one.
local support = require "support"
for _, value in ipairs { 1, 1.5, true, print, coroutine.create(print) } do
  assert(getmetatable(value) == nil)
  support.refused("table expected", setmetatable, value, {})
end
support.refused("table expected", setmetatable, nil, {})
support.refused("table expected", setmetatable, "", {})
print "held"
