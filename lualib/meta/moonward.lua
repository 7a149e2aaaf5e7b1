---@meta moonward

-- Annotations of the native module `moonward`: what Skynet lacks. Seconds are numbers with a
-- fraction. This file is read by editors alone.

---@class moonward
local moonward = {}

---A timer made by after or every.
---@class moonward.Timer
local Timer = {}

---Stops the timer.
---@return boolean cancelled false: it has run already, or was cancelled before
function Timer:cancel() end

---@class moonward.TenantQuota
---@field memory integer bytes
---@field cpu number cores
---@field weight integer
---@field services integer
---@field sockets integer

---@class moonward.Quota
---@field memory integer bytes
---@field cpu_per_turn number seconds
---@field cpu_per_c_call number seconds
---@field instructions_per_turn? integer
---@field mailbox_messages integer
---@field mailbox_bytes integer
---@field message_bytes integer
---@field message_depth integer
---@field source_bytes integer
---@field coroutines integer
---@field timers integer
---@field tenant moonward.TenantQuota

---@class moonward.TenantUsage
---@field memory integer bytes
---@field services integer
---@field sockets integer

---@class moonward.Usage
---@field memory integer bytes that the process holds for this service's heap
---@field cpu number seconds
---@field messages integer dispatched so far
---@field mailbox_messages integer
---@field mailbox_bytes integer
---@field coroutines integer
---@field timers integer
---@field sockets integer
---@field tenant moonward.TenantUsage

---The limits that hold for this service, and for its tenant.
---@return moonward.Quota
function moonward.quota() end

---What this service and its tenant use now.
---@return moonward.Usage
function moonward.usage() end

---Monotonic seconds.
---@return number
function moonward.now() end

---Waits; returns "BREAK" when skynet.wakeup ends it early.
---@param seconds number
---@param token? any for skynet.wakeup; default: the running coroutine
---@return "BREAK"?
function moonward.sleep(seconds, token) end

---Calls f once, in a task of its own.
---@param seconds number
---@param f fun()
---@return moonward.Timer
function moonward.after(seconds, f) end

---Calls f again and again, each time in a task of its own.
---@param seconds number at least 0.001
---@param f fun()
---@return moonward.Timer
function moonward.every(seconds, f) end

---skynet.call with a deadline. A failure's error has the text that the callee's error had; when
---the time is up the error is "call timed out".
---@param seconds number
---@param address integer|string
---@param typename string
---@param ... any
---@return any ...
function moonward.call(seconds, address, typename, ...) end

---The name of the tenant.
---@return string
function moonward.tenant() end

return moonward
