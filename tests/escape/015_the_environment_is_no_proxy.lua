-- expect: finished
-- The globals are a plain table of this state: nothing unrestricted stands behind a metatable.
assert(_ENV == _G and getmetatable(_G) == nil)
local seen, left = { [_G] = true }, { _G }
while #left > 0 do
  local t = table.remove(left)
  for key, value in next, t do
    for _, each in ipairs { key, value } do
      if type(each) == "table" and not seen[each] then
        seen[each] = true
        left[#left + 1] = each
      end
      local meta = type(each) ~= "string" and getmetatable(each)
      if type(meta) == "table" and not seen[meta] then
        seen[meta] = true
        left[#left + 1] = meta
      end
    end
  end
end
for t in pairs(seen) do
  assert(rawget(t, "execute") == nil and rawget(t, "popen") == nil and rawget(t, "loadlib") == nil)
  assert(rawget(t, "getregistry") == nil and rawget(t, "_LOADED") == nil)
end
print "held"
