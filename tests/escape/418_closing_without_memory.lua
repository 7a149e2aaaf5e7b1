-- expect: finished; quota: memory=2MiB
-- 5.4.7 and before: the error object of a closed coroutine was made outside of any protection.
local keep
local coroutines = {}
for i = 1, 50 do
  coroutines[i] = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() error "boom" end })
    xpcall(coroutine.yield, function() return "XXX" end)
  end)
  assert(coroutine.resume(coroutines[i]))
end
pcall(function() while true do keep = { keep } end end)
for i = 1, 50 do pcall(coroutine.close, coroutines[i]) end
keep = nil
print "held"
