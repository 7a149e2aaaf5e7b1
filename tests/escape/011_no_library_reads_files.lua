-- expect: finished
-- No file library, and the names that stock Lua has for it are not there under any table.
assert(io == nil and dofile == nil and loadfile == nil)
assert(package.loadlib == nil and package.searchpath == nil and package.searchers == nil)
for _, name in ipairs { "io", "package.loadlib", "lfs", "posix", "socket", "ffi", "jit" } do
  assert(package.loaded[name] == nil and not pcall(require, name), "ESCAPED: " .. name)
end
assert(package.cpath == "")
print "held"
