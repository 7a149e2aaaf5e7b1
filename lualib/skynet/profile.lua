-- skynet.profile: the CPU time that a task has used.
--
-- Rules: the clock runs only while the task runs, not while it waits. A coroutine inside a task is
-- measured by its task's clock. `resume` and `wrap` are the stock functions: the host itself keeps
-- the clocks, nothing needs to be replaced.

local core = require "skynet.core"
local skynetco = require "skynet.coroutine"

---@class skynet.Measurement
---@field task thread
---@field begin number

---@type table<thread, skynet.Measurement>
local running = setmetatable({}, { __mode = "k" })

---@param co thread
---@return skynet.Measurement?
local function measurement(co)
  local m = running[co]
  -- A task that ended without stop leaves an entry; its clock is off.
  return m and core.clock(m.task) and m or nil
end

local profile = { resume = coroutine.resume, wrap = coroutine.wrap }

---Starts to measure a coroutine.
---@param co? thread default: the running one
function profile.start(co)
  co = co or coroutine.running()
  if measurement(co) then error(string.format("Thread %s start profile more than once", co), 2) end
  local task = skynetco.thread(co) or co
  running[co] = { task = task, begin = core.start_clock(task) }
end

---Ends the measurement.
---@param co? thread default: the running one
---@return number seconds of CPU time
function profile.stop(co)
  co = co or coroutine.running()
  local m = measurement(co)
  if not m then error("Call profile.start() before profile.stop()", 2) end
  running[co] = nil
  return core.clock(m.task) - m.begin
end

return profile
