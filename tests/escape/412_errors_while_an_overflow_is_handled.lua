-- expect: finished
-- CVE-2022-33099: an error handler that overflows again.
local function loop(x, y, z) return 1 + loop(x, y, z) end
local function handler(m) return m:gsub(".", function() return handler(m) end) end
assert(pcall(xpcall, loop, handler))
local function f() return xpcall(f, function(e) return e .. f() end) end
pcall(f)
assert(not pcall(function()
  return setmetatable({}, { __index = function(t, k) return t[k] .. {} end }).x
end))
local function again(m) return m .. again(m) end
assert(pcall(xpcall, function() return {} .. 1 end, again))
print "held"
