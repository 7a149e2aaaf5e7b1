-- expect: finished
-- Modules come from the bundle by their names: no path leaves it, no name is too odd.
local support = require "support"
for _, name in ipairs {
  "", ".", "..", "/", "../support", "../../etc/passwd", "/etc/passwd", "support.lua", "./support",
  "a..b", "..support", "support/", "C:\\x", "http://x/y", "%s%n", "?", ";",
  "....", "support.", ".support", "\n", "\27[2J", "con", "tests.escape.support", "\xff\xfe",
} do
  support.refused("not found", require, name)
end
for _, name in ipairs { ("a"):rep(1 << 20), "support\0", "\0support", "skynet\0.core" } do
  support.refused("255 bytes, none of them zero", require, name)
end
package.path = "/etc/?;../?.lua"
package.cpath = "/usr/lib/?.so"
package.config = "x"
support.refused("not found", require, "passwd")
support.refused("not found", require, "libc")
package = setmetatable({}, { __index = function(_, key) error("asked for " .. key) end })
support.refused("asked for", require, "another")
package = nil
support.refused("not found", require, "another")
support.held()
