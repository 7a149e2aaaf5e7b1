-- expect: finished
-- What stands for an address is stable in a service, unique, and another one in every service: 64 bits that
-- look like no address of this process.
local skynet = require "skynet"
local core = require "skynet.core"
local function shown(v)
  local texts = { tostring(v), ("%p"):format(v), ("%s"):format(v), tostring(v) }
  local number = texts[1]:match "0x(%x+)"
  for _, text in ipairs(texts) do assert(text:find(number, 1, true)) end
  return tonumber(number, 16)
end
local function looks_real(n) return n >> 47 == 0 end
local seen, real = {}, 0
for i = 1, 64 do
  for _, v in ipairs { {}, function() end, coroutine.create(print), i % 2 == 0 and print or error } do
    local n = shown(v)
    seen[n] = true
    if looks_real(n) then real = real + 1 end
  end
end
assert(real < 8, "ESCAPED: " .. real)
local seeds = table.pack(math.randomseed())
for _, seed in ipairs(seeds) do assert(not (seed > 1 << 40 and looks_real(seed))) end
skynet.start(function()
  local child = core.spawn_function("other", function()
    local skynet = require "skynet"
    skynet.start(function()
      skynet.dispatch("lua", function() skynet.retpack(tostring(print), tostring(string.rep)) end)
    end)
  end)
  local a, b = skynet.call(child, "lua")
  assert(a ~= tostring(print) and b ~= tostring(string.rep), "ESCAPED: the same key in two services")
  print "held"
  skynet.exit()
end)
