-- expect: finished; quota: coroutines=200
local support = require "support"
local keep = {}
support.refused("quota coroutines", function()
  for i = 1, 201 do keep[i] = coroutine.create(print) end
end)
assert(#keep >= 150 and #keep < 200)
support.refused("quota coroutines", coroutine.wrap, print)
support.refused("quota coroutines", function()
  for _ = 1, 201 do require("skynet").fork(print) end
end)
keep = {}
assert(coroutine.wrap(function() return true end)())
support.held()
