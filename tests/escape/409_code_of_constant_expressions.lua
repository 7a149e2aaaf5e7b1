-- expect: finished
-- 5.4.4 and 5.4.7: wrong code for bitwise operators beyond 255 constants, and for an upvalue that is indexed
-- by a comparison.
local code = { "local x = {" }
for i = 1, 257 do code[#code + 1] = i .. ".1," end
code = table.concat(code) .. "};"
for source, value in pairs { ["1 ~ (2 or 3)"] = 3, ["1 | (2 or 3)"] = 3, ["1 & (3 or 2)"] = 1,
  ["1 + (2 or 3)"] = 3, ["1 << (2 or 3)"] = 4, ["(2 or 3) - 1"] = 1, ["-(2 or 3) >> 1"] = -2 >> 1 } do
  assert(load(code .. "return (" .. source .. ")")() == value, source)
end
_ENV[true] = 10
local function indexed() return _ENV[1 < 2] end
assert(indexed() == 10)
local up = { [true] = "yes", [false] = "no" }
local function g(a, b)
  up[a == b] = a
  return up[a ~= b], up[not (a < b)]
end
local x, y = g(1, 2)
assert(x == "yes" and y == 1)
print "held"
