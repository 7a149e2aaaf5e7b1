-- skynet.pack and unpack: what can travel, and what can't.

local skynet = require "skynet"
local try = require "support".try

local function same(label, ...)
  print(label, select("#", ...), skynet.unpack(skynet.pack(...)))
end

local function show(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  local parts = {}
  for i, k in ipairs(keys) do
    local v = t[k]
    parts[i] = tostring(k) .. "=" .. (type(v) == "table" and show(v) or tostring(v))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

skynet.start(function()
  same("nothing")
  same("nil", nil)
  same("holes", nil, 1, nil)
  same("booleans", true, false)
  same("integers", 0, 1, -1, 127, 128, 255, 256, 32767, 32768, -32769)
  same("large integers", 0x7fffffff, 0x80000000, -0x80000000, math.maxinteger, math.mininteger)
  same("floats", 0.5, -1.25, 1e300, 1 / 0, -1 / 0)
  print("float stays float", math.type((skynet.unpack(skynet.pack(3.0)))))
  print("not a number", skynet.unpack(skynet.pack(0 / 0)) ~= skynet.unpack(skynet.pack(0 / 0)))
  same("strings", "", "short")
  print("zero byte", #skynet.unpack(skynet.pack "a\0b"))
  for _, n in ipairs { 31, 32, 255, 256, 65535, 65536, 500000 } do
    local text = ("x"):rep(n)
    print("string of", n, skynet.unpack(skynet.pack(text)) == text)
  end
  print("table", show(skynet.unpack(skynet.pack { 1, 2, 3, x = "y", [2.5] = true, [-1] = {} })))
  print("holes", show(skynet.unpack(skynet.pack { 1, nil, 3 })))
  print("shared", show(skynet.unpack(skynet.pack((function()
    local t = { 1 }
    return { t, t }
  end)()))))
  print("metatable is lost", getmetatable(skynet.unpack(skynet.pack(setmetatable({}, {})))))
  local proxy = setmetatable({}, { __pairs = function() return next, { from = "__pairs" } end })
  print("__pairs", show(skynet.unpack(skynet.pack(proxy))))
  print("packstring", #skynet.packstring(1, 2), select("#", skynet.unpack(skynet.packstring(1, 2))))
  local message, size = skynet.pack "x"
  print("tostring", skynet.tostring(message, size) == skynet.packstring "x")
  print("trash", skynet.trash(message, size))
  print("empty", skynet.unpack "")

  try("function", skynet.pack, print)
  try("thread", skynet.pack, coroutine.running())
  try("inside a table", skynet.pack, { { print } })
  local cycle = {}
  cycle[1] = cycle
  try("cycle", skynet.pack, cycle)
  local deep = {}
  for _ = 1, 40 do deep = { deep } end
  try("depth", skynet.pack, deep)
  try("size", skynet.pack, ("x"):rep(2 * 1024 * 1024))
  print("malformed", (pcall(skynet.unpack, "\60")))
  print("cut short", (pcall(skynet.unpack, skynet.packstring("some text"):sub(1, 4))))
end)
