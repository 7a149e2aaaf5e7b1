-- expect: finished
-- An identifier, a number, a string, a comment of a megabyte.
local n = 1000000
assert(load(("a"):rep(n) .. "=1"))
load("x=" .. ("9"):rep(n))
assert(load("x='" .. ("\\z \n"):rep(n // 5) .. "'"))
assert(load("--[" .. ("="):rep(n // 3) .. "[ ]" .. ("="):rep(n // 3) .. "]"))
assert(load("x=[" .. ("="):rep(n // 3) .. "[ ]" .. ("="):rep(n // 3) .. "]"))
assert(load("x='" .. ("\\u{7FFFFFFF}"):rep(n // 13) .. "'"))
assert(load("x='\\u{" .. ("0"):rep(n // 2) .. "FFFFFFFFF}'") == nil)
assert(load(("\n"):rep(n)) and load(("\0"):rep(n)) == nil and load(("("):rep(n)) == nil)
print "held"
