-- expect: finished; quota: memory=8MiB
-- unpack of every cut and of many changes of a message, and of bytes by chance: values or an error.
local skynet = require "skynet"
local message = skynet.pack({ 1, "two", { 3.5, key = { true, false } }, ("long"):rep(100) }, -1, 1 << 40, nil, "s")
local seed = 12345
local function random(n)
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return (seed >> 8) % n
end
for cut = 0, #message do pcall(skynet.unpack, message:sub(1, cut)) end
for _ = 1, 20000 do
  local at = 1 + random(#message)
  pcall(skynet.unpack, message:sub(1, at - 1) .. string.char(random(256)) .. message:sub(at + 1))
end
for _ = 1, 5000 do
  local bytes = {}
  for i = 1, 1 + random(40) do bytes[i] = string.char(random(256)) end
  pcall(skynet.unpack, table.concat(bytes))
end
for _, text in ipairs { ("\x0a\0\0\0\0"):rep(100000), "\x0a\xff\xff\xff\xff", "\x09\xff\xff\xff\xff", "\x0a\xff\xff\xff\x7f" .. ("\x80"):rep(1000) } do
  assert(not pcall(skynet.unpack, text))
end
assert(skynet.unpack(message)[2] == "two")
print "held"
