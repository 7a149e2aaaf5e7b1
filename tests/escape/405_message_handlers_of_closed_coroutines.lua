-- expect: finished
-- 5.4.7 and before: a coroutine closed while suspended in xpcall kept its handler's place on a stack that
-- had been cut.
local function probe(depth)
  local co = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function()
      collectgarbage()
      collectgarbage()
      error "boom"
    end })
    local function deep(n)
      if n > 0 then return 1 + deep(n - 1) end
      return xpcall(coroutine.yield, function() return "XXX" end)
    end
    deep(depth)
  end)
  assert(coroutine.resume(co))
  collectgarbage()
  return coroutine.close(co)
end
for _, depth in ipairs { 0, 1, 5, 50, 500, 5000, 15000 } do
  local ok, problem = probe(depth)
  assert(ok == false and tostring(problem):find "boom$", problem)
end
print "held"
