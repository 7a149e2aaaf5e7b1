-- skynet.memlimit: a service lowers its own memory cap.
--
-- Rules: once, and never above what the operator's quota allows. An allocation beyond the limit
-- fails with Lua's "not enough memory", which can be caught.

local core = require "skynet.core"
local skynet = require "skynet"

local limited = false

local limits = {}

---@param bytes integer
function limits.memlimit(bytes)
  if limited then error("skynet.memlimit: the limit was set already", 2) end
  core.set_memory_limit(bytes)
  limited = true
  skynet.error(string.format("Set memory limit to %.2f M", bytes / (1024 * 1024)))
end

return limits
