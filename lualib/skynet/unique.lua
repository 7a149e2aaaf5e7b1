-- Unique services: one of a name in the whole tenant, started by whoever asks first.
--
-- Rules: the built-in service ".service" keeps the list. The first caller starts the service, the
-- others wait until it runs; a failure to start is remembered and told to every later caller. A
-- host is one node: the forms with `true` (unique in the whole network) keep a list of their own.

local skynet = require "skynet"

local unique = {}

---Address of the unique service of that name, which is started with the arguments when it is new.
---@param name string|true `true`: the name is the next argument
---@param ... any
---@return integer address
function unique.uniqueservice(name, ...)
  if name == true then return assert(skynet.call(".service", "lua", "GLAUNCH", ...)) end
  return assert(skynet.call(".service", "lua", "LAUNCH", name, ...))
end

---The same, but never starts it: waits until somebody does.
---@param name string|true
---@param ... any
---@return integer address
function unique.queryservice(name, ...)
  if name == true then return assert(skynet.call(".service", "lua", "GQUERY", ...)) end
  return assert(skynet.call(".service", "lua", "QUERY", name, ...))
end

return unique
