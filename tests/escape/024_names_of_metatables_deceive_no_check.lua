-- expect: finished
-- The host tells its own objects by their type, not by __name or __metatable, which scripts choose.
local support = require "support"
local moonward = require "moonward"
local timer = moonward.after(1000, print)
assert(getmetatable(timer) == "moonward.timer")
local cancel = timer.cancel
for _, fake in ipairs {
  setmetatable({}, { __name = "moonward.timer", __metatable = "moonward.timer" }),
  "moonward.timer", 7, print, coroutine.create(print),
} do
  support.refused("moonward.timer expected", cancel, fake)
end
assert(timer:cancel() == true and timer:cancel() == false)
support.refused("", setmetatable, timer, {})
support.held()
