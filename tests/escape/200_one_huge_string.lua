-- expect: finished; quota: memory=4MiB
-- Every way to ask for more than the heap can hold is an error, and the heap works on after it.
local half = ("x"):rep(1 << 19)
for _, ask in ipairs {
  function() return ("x"):rep(1 << 30) end,
  function() return ("x"):rep(math.maxinteger) end,
  function() return ("xyz"):rep(math.maxinteger // 500, half) end,
  function() return table.concat({ half, half, half, half, half, half, half, half }) end,
  function() return ("%s%s%s%s%s%s%s%s"):format(half, half, half, half, half, half, half, half) end,
  function() return ("s4"):rep(8):pack(half, half, half, half, half, half, half, half) end,
  function() return half:gsub("x", "yyyyyyyyyy") end,
  function() return half .. half .. half .. half .. half .. half .. half .. half end,
  function() return utf8.char(table.unpack({}, 1, 1 << 22)) end,
  function() return { half:byte(1, -1) } end,
} do
  assert(not pcall(ask))
  collectgarbage()
  assert(#("y"):rep(1 << 19) == 1 << 19)
end
print "held"
