-- expect: finished
-- 5.4.6 and before: the name of the value in an error text was found by recursion over the bytecode.
local t = setmetatable({}, { __index = function(t) return t end })
local f = assert(load("local a = ...; return a" .. (".x"):rep(60000) .. " + 1"))
local ok, problem = pcall(f, t)
assert(not ok and problem:find "arithmetic on a table value" and #problem < 1000)
f = assert(load("local a = ...; return a" .. ("[1]"):rep(20000) .. "()"))
assert(not pcall(f, t))
print "held"
