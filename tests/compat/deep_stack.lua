-- exec: --quota memory=256MiB --quota cpu_per_turn=20s --quota cpu_per_c_call=2s
-- Interrupts find a stack that is nearly as deep as Lua allows.

local function work(seconds)
  local stop = os.clock() + seconds
  local rounds = 0
  while os.clock() < stop do rounds = rounds + 1 end
  return rounds
end

local function descend(levels)
  if levels == 0 then return work(0.2) > 0 and 1 end
  return 1 + descend(levels - 1)
end

print("deep", descend(190000))
print("deep in a coroutine", coroutine.wrap(descend)(190000))

-- Not yieldable: the hook can't pre-empt.
print("deep in gsub", (string.gsub("x", "x", function() return descend(190000) end)))

-- A handler that overflows the stack itself.
local calls = 0
local function loop(a, b, c)
  calls = calls + 1
  return 1 + loop(a, b, c)
end
local ok, problem = xpcall(loop, loop)
print("handler", ok, problem, calls > 100000)
