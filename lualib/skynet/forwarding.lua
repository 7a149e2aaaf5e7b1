-- Messages seen before they are dispatched: renamed, replaced, or dropped.
--
-- Rules: the function sees every message that a service sent (answers too), never the host's own
-- (timers, sockets, the start). What it returns is dispatched as if it had come like that; when it
-- returns nothing, the message is dropped.

local core = require "skynet.core"
local skynet = require "skynet"

local forwarding = {}

---Dispatches a message of one's own making.
---@param ptype integer
---@param message? string
---@param size? integer
---@param session? integer
---@param source? integer
function forwarding.dispatch_message(ptype, message, size, session, source)
  if ptype ~= nil then core.inject(ptype, message, size, session, source) end
end

---Runs `start` as skynet.start would, but now: an error ends the service.
---@param start function
function forwarding.init_service(start)
  local ok, problem = xpcall(start, debug.traceback)
  if ok then return end
  skynet.error("init service failed: " .. tostring(problem))
  skynet.exit()
end

---skynet.start for a service that dispatches some message types as others.
---@param map table<integer, integer> type -> the type it is dispatched as
---@param start function
function forwarding.forward_type(map, start)
  core.set_filter(function(ptype, ...)
    core.inject(map[ptype] or ptype, ...)
  end)
  skynet.start(start)
end

---skynet.start for a service whose messages pass `f` first: f(type, message, size, session,
---source) returns the same five values.
---@param f function
---@param start function
function forwarding.filter(f, start)
  core.set_filter(function(...)
    forwarding.dispatch_message(f(...))
  end)
  skynet.start(start)
end

return forwarding
