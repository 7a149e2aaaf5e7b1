-- expect: finished
-- CVE-2022-28805 and its kin: _ENV as a constant, a number, a string, a parameter.
for _, source in ipairs {
  "local _ENV <const> = 1; return x", "local _ENV <const> = 1; X = 3", "local _ENV = nil; x = 1",
  "local _ENV <const> = nil; return X", "local _ENV <close> = nil; x()",
  "local function f(_ENV) return x() end return f('abc')",
} do
  assert(not pcall(assert(load(source))), source)
end
assert(load "local _ENV <const> = {}; X = 3; return X"() == 3)
assert(load "local _ENV <const> = 'abc'; return len"() == string.len)
assert(load("x = 1; return x", "=x", "t", setmetatable({}, { __newindex = function() end }))() == nil)
print "held"
