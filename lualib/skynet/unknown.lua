-- Messages that nothing waits for: requests without a handler, answers without a caller.
--
-- Rules: a request with a session is answered with an error by the host itself; only one that
-- wants no answer is "unknown". Without a function of one's own the host logs such messages.

local core = require "skynet.core"

local unknown = {}

---@alias skynet.UnknownHandler fun(session: integer, source: integer, message: string,
---size: integer, prototype: string|integer)

---What each kind had before anybody set a function: the host logs by itself.
local function host_logs() end

local current = { request = host_logs, response = host_logs }

---@param kind "request"|"response"
---@param f skynet.UnknownHandler
local function replace(kind, f)
  local previous = current[kind]
  current[kind] = f
  core.set_unknown(kind, f ~= host_logs and f or nil)
  return previous
end

---The function for requests of a type that has no handler.
---@param f skynet.UnknownHandler
---@return skynet.UnknownHandler previous
function unknown.dispatch_unknown_request(f)
  return replace("request", f)
end

---The function for answers whose session nobody waits for.
---@param f skynet.UnknownHandler
---@return skynet.UnknownHandler previous
function unknown.dispatch_unknown_response(f)
  return replace("response", f)
end

return unknown
