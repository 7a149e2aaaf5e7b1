-- expect: finished
-- 5.4.4 (Debian): a stale top in luaV_concat after a __concat that reallocates the stack.
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
local a = setmetatable({}, { __concat = function() deep(3000) return "r" end })
for _ = 1, 60 do
  assert(coroutine.wrap(function()
    local x = "p" .. "q" .. a .. "s" .. "t" .. a .. "z"
    local y = a .. "k"
    return x .. y
  end)() == "pqrr")
end
local b = setmetatable({}, { __concat = function() deep(19000) return {} end })
for _ = 1, 10 do
  pcall(coroutine.wrap(function() return b .. b .. b .. b end))
end
local rope = {}
rope.__concat = function(x, y)
  local function flat(v) return type(v) == "table" and table.concat(v.parts) or tostring(v) end
  return setmetatable({ parts = { flat(x), flat(y) } }, rope)
end
for _ = 1, 30 do
  assert(coroutine.wrap(function()
    local r = setmetatable({ parts = { "a" } }, rope)
    return table.concat(("x" .. 1 .. r .. "y" .. 2 .. r .. "z" .. r .. "w").parts)
  end)() == "x1ay2azaw")
end
print "held"
