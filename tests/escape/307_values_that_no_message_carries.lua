-- expect: finished
-- Functions, coroutines and objects are refused; strings with any bytes and odd numbers arrive whole.
local skynet = require "skynet"
local support = require "support"
local timer = require("moonward").after(1000, print)
for _, value in ipairs { print, function() end, coroutine.create(print), timer } do
  support.refused("Unsupport type", skynet.pack, value)
  support.refused("Unsupport type", skynet.pack, { a = { value } })
  support.refused("Unsupport type", skynet.pack, { [value] = 1 })
end
timer:cancel()
local odd = { "a\0b", "\xff\xfe", ("\0"):rep(300), math.mininteger, math.maxinteger, 1 / 0, -1 / 0, -0.0, 0.5, true, false }
for i, value in ipairs(skynet.unpack(skynet.pack(odd))) do
  assert(value == odd[i] and math.type(value) == math.type(odd[i]))
end
local nan = skynet.unpack(skynet.pack(0 / 0))
assert(nan ~= nan)
support.held()
