-- expect: finished; quota: memory=1MiB
-- Collections in the middle of everything: strings, closures, coroutines, to-be-closed variables,
-- metatables, sorting, replacing, compiling, packing.
local skynet = require "skynet"
local function work(r)
  local t = setmetatable({}, {
    __index = function(_, k) return k end,
    __newindex = function(t, k, v) rawset(t, k, { v }) end,
    __gc = function(t) t.dead = r end,
  })
  for i = 1, 10 do t["k" .. i .. r] = { i } end
  local s = ("abc"):rep(20):gsub("b", function(c) return c .. r end)
  local co = coroutine.wrap(function(...)
    local x <close> = setmetatable({}, { __close = function() t.z = {} end })
    coroutine.yield(...)
    return s
  end)
  co(1, 2, 3)
  assert(co() == s)
  local u = {}
  for i = 1, 20 do u[i] = tostring(i * r) end
  table.sort(u, function(a, b) return a .. "" < b .. "" end)
  assert(skynet.unpack(skynet.pack(u))[20] == u[20])
  local a, b, c = load("local a, b = ... ; return function() return a, b, '" .. r .. "' end")(u, s)()
  assert(a == u and b == s and c == tostring(r))
end
local keep
local function fill() while true do keep = { keep } end end
local good, bad = 0, 0
for r = 1, 150 do
  pcall(fill)
  for _ = 1, r * 30 do keep = keep and keep[1] end
  if pcall(work, r) then good = good + 1 else bad = bad + 1 end
end
keep = nil
work(1)
assert(good > 0 and bad > 0)
print "held"
