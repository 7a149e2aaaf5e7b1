-- expect: finished
-- Whoever adds a global finds this list, and thinks about what a stranger does with it.
local allowed = {}
for name in ([[_G _VERSION assert error getmetatable ipairs next pairs pcall rawequal rawget rawlen
  rawset select setmetatable tonumber tostring type warn xpcall load print collectgarbage require
  package table string math utf8 coroutine os debug SERVICE_NAME SERVICE_PATH]]):gmatch "%S+" do
  allowed[name] = true
end
for name in pairs(_G) do
  assert(allowed[name], "ESCAPED: the global " .. tostring(name))
end
assert(getmetatable(_G) == nil and getmetatable(_ENV) == nil)
print "held"
