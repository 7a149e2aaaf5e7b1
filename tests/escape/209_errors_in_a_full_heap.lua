-- expect: error not enough memory; quota: memory=2MiB
-- Errors of every kind with no byte left: building the text, the traceback, unwinding coroutines.
pcall(function() while true do keep = { keep } end end)
for _ = 1, 20 do
  pcall(error, {})
  pcall(function() local x = nil; return x.y.z end)
  pcall(string.rep, "x", 100, "y")
  pcall(coroutine.wrap, function() error("x" .. 1) end)
  pcall(load, "x = = 1")
  pcall(setmetatable, {}, { __gc = function() local t = {} end })
  xpcall(error, function(m) return m .. m end, "boom")
  pcall(function() local x <close> = setmetatable({}, { __close = function() return {} .. "" end }) end)
end
while true do keep = { keep } end
