-- expect: finished
-- Modules that require each other, and themselves, through preloads made on the way.
local support = require "support"
package.preload.a = function() return require "b" end
package.preload.b = function() return require "a" end
support.refused("circular", require, "a")
local n = 0
local function load_next()
  n = n + 1
  package.preload["m" .. n] = load_next
  return require("m" .. n)
end
assert(not pcall(load_next) and n > 50)
support.held()
