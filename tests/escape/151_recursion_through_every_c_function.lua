-- expect: finished
-- Each way to go from Lua through C into Lua again ends in an error: 200 levels, on the worker's own
-- stack.
local function endless(name, f)
  local ok, problem = pcall(f)
  assert(not ok, name)
  assert(type(problem) == "string" and #problem < 100000, name)
end
local meta = {}
local object = setmetatable({}, meta)
local f
f = function() return (("x"):gsub(".", f)) end
endless("gsub", f)
f = function() table.sort({ 3, 2, 1 }, f) end
endless("sort", f)
f = function() return load(f)() end
pcall(f)
meta.__tostring = function() return tostring(object) end
endless("tostring", function() return tostring(object) end)
meta.__tostring = function() return ("%99.99f %s"):format(1e308, object) end
endless("format", meta.__tostring)
meta.__index = function(t, k) return table.concat({ [1] = 1 }, "", 1, 1) .. t[k .. "x"] end
endless("index", function() return object.x end)
meta.__index = function(t) return table.concat(t, "", 1, 2) end
endless("concat", function() return table.concat(object, "", 1, 2) end)
meta.__index = function(t) return table.unpack(t, 1, 2) end
endless("unpack", function() return table.unpack(object, 1, 2) end)
meta.__newindex = function(t, k, v) table.insert(t, k, v) end
meta.__len = function() return 1 end
endless("insert", function() table.insert(object, 2, "v") end)
meta.__len = function() return #object end
endless("len", function() return #object end)
for _, name in ipairs { "__add", "__concat", "__eq", "__lt", "__le", "__unm", "__bnot", "__idiv", "__shl" } do
  meta[name] = function(a, b)
    local other = setmetatable({}, meta)
    if name == "__add" then return a + b
    elseif name == "__concat" then return a .. b
    elseif name == "__eq" then return other == a
    elseif name == "__lt" then return a < b
    elseif name == "__le" then return a <= b
    elseif name == "__unm" then return -a
    elseif name == "__bnot" then return ~a
    elseif name == "__idiv" then return a // b
    else return a << b end
  end
  endless(name, function() return meta[name](object, setmetatable({}, meta)) end)
end
meta.__call = function(self) return 1 + self() end
endless("call", function() return object() end)
meta.__pairs = function(t) return pairs(t) end
endless("pairs", function() return pairs(object) end)
f = function() return coroutine.wrap(f)() end
endless("wrap", f)
f = function()
  local ok, problem = coroutine.resume(coroutine.create(f))
  error(problem)
end
endless("resume", f)
f = function() return select(2, pcall(f)) .. "" end
pcall(f)
f = function(m) return xpcall(error, f, m) end
pcall(f)
f = function() return require("skynet").pack(setmetatable({}, { __pairs = f })) end
endless("pack", f)
package.preload.deep = function() package.loaded.deep = nil return f() end
f = function() return tostring(setmetatable({}, { __tostring = function() return utf8.char(f()) end })) end
endless("char", f)
local depth = 0
local function close()
  local x <close> = setmetatable({}, { __close = function()
    depth = depth + 1
    close()
  end })
end
pcall(close)
assert(depth > 100)
f = function() collectgarbage() setmetatable({}, { __gc = f }) collectgarbage() end
pcall(f)
print "held"
