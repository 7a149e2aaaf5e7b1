-- expect: finished
-- Nothing of the debug library that reads or writes frames, upvalues, the registry or metatables of
-- basic types.
for key in pairs(debug) do
  assert(key == "traceback", "ESCAPED: debug." .. key)
end
assert(require "debug" == debug and package.loaded.debug == debug)
for _, key in ipairs { "getregistry", "setmetatable", "getinfo", "getlocal", "setlocal", "sethook",
  "getupvalue", "setupvalue", "upvalueid", "upvaluejoin", "getuservalue", "setuservalue",
  "getmetatable", "setcstacklimit", "debug" } do
  assert(debug[key] == nil, "ESCAPED: debug." .. key)
end
print "held"
