-- expect: finished
-- There is no verifier for bytecode: no way to load may take it, whatever the mode says.
local support = require "support"
local header = "\27Lua\x54\0\x19\x93\r\n\x1a\n\4\8\8\x78\x56\0\0\0\0\0\0\0\0\0\0\0\x28\x77\x40"
for _, mode in ipairs { "b", "bt", "t", "tb", "" } do
  for cut = 1, #header do
    local text = header:sub(1, cut)
    local whole, problem = load(text, "=x", mode)
    assert(whole == nil and problem:find "attempt to load", "ESCAPED: mode " .. mode)
    local pieces = { text:sub(1, 1), text:sub(2), n = 0 }
    local function reader()
      pieces.n = pieces.n + 1
      return pieces[pieces.n]
    end
    assert(load(reader, "=x", mode) == nil, "ESCAPED: by pieces")
  end
end
assert(load(header) == nil)
package.preload.binary = nil
support.refused("not found", require, "\27Lua")
support.held()
