-- expect: killed cpu_per_turn; quota: cpu_per_turn=60ms; absent: went on
local function spin(depth)
  if depth == 0 then while true do end end
  while true do
    coroutine.resume(coroutine.create(spin), depth - 1)
    pcall(coroutine.wrap(spin), depth - 1)
    print "went on"
  end
end
spin(6)
