-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- A chain of weak keys in shuffled order: quadratic, in a step that can't be divided.
local n, keys, seed = 16000, {}, 42
for i = 1, n do keys[i] = {} end
for i = n, 2, -1 do
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  local j = seed % i + 1
  keys[i], keys[j] = keys[j], keys[i]
end
local weak = setmetatable({}, { __mode = "k" })
for i = 1, n - 1 do weak[keys[i]] = keys[i + 1] end
local first = keys[1]
keys = nil
collectgarbage()
