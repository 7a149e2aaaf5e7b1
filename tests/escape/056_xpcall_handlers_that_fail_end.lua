-- expect: finished
-- Errors in the handler of an error: status LUA_ERRERR, not a loop and not a crash.
local ok, problem = xpcall(error, function(m) error(m) end, "x")
assert(ok == false and type(problem) == "string")
local depth = 0
local function handler(m)
  depth = depth + 1
  return handler(m) .. m
end
assert(xpcall(error, handler, "x") == false and depth > 50)
assert(select("#", xpcall(error, print)) == 2)
assert(pcall(xpcall) == false and pcall(xpcall, print) == false)
print "held"
