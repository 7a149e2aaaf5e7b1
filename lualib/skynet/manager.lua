-- require "skynet.manager": launch kill abort register name forward_type filter monitor.
--
-- Rules: all of them are functions of `skynet` already, behind the tenant's permissions; this
-- module only adds monitor's classic form, which names the service instead of giving its address.

local core = require "skynet.core"
local skynet = require "skynet"

local set_monitor = skynet.monitor

---The unique service of that name is told of every service of the tenant that ends: an empty
---message of type "client" whose source is the handle. Wants the permission "monitor".
---@param service string|integer its name, or its address
---@param query? boolean only wait for it, do not start it
---@return integer address
function skynet.monitor(service, query)
  if math.type(service) == "integer" or not core.permitted "monitor" then
    return set_monitor(service)
  end
  local find = query and skynet.queryservice or skynet.uniqueservice
  return set_monitor(find(true, service))
end

return skynet
