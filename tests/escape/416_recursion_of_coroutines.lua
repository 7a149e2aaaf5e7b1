-- expect: finished
-- CVE-2021-43519: coroutines that make coroutines, closes that fail.
local function f() return coroutine.wrap(f)() end
assert(not pcall(f))
local function g() return pcall(coroutine.wrap(g)) end
g()
assert(not pcall(coroutine.wrap(function() local x <close> = setmetatable({}, { __close = 1 }) end)))
assert(not pcall(load "for i in nil do end") and not pcall(load "local a <close> = 1"))
local co
co = coroutine.create(function() return coroutine.resume(co), coroutine.close(co) end)
assert(coroutine.resume(co) == false)
local wrapped
wrapped = coroutine.wrap(function() return pcall(wrapped) end)
assert(wrapped() == false)
print "held"
