-- skynet.service: services made of a function, one of a name in the whole tenant.
--
--     local address = service.new("db", function(...) local skynet = require "skynet" … end, …)
--
-- Rules: the function runs as the main chunk of the new service; it may use no local of its
-- surroundings. The first caller makes the service, the others wait for it; a failure is
-- remembered. The built-in service ".service" keeps the list; the function itself goes straight
-- from the caller to the new service: ".service" asks whoever offered first to make it.

local core = require "skynet.core"
local debugging = require "skynet.debug"
local skynet = require "skynet"

local service = {}

---@type table<string, integer> addresses that are known
local known = {}

---What callers of `new` offer to make, by number.
---@type table<integer, {name: string, main: function, arguments: table}>
local offers = {}
local last_offer = 0

debugging.reg_debugcmd("OFFERED", function(number)
  local offer = offers[number]
  if not offer then return skynet.retpack(nil, "the offer was taken back") end
  local ok, address =
    pcall(core.spawn_function, offer.name, offer.main, table.unpack(offer.arguments, 1, offer.arguments.n))
  if ok and address then
    skynet.retpack(address)
  else
    skynet.retpack(nil, ok and "the service exited in its start" or tostring(address))
  end
end)

local Offer = {
  __close = function(offer) offers[offer.number] = nil end,
}

---The address of the service of that name, which is made of `main` when there is none.
---@param name string
---@param main function
---@param ... any what main gets
---@return integer address
function service.new(name, main, ...)
  assert(type(name) == "string", "service.new: a name expected")
  assert(type(main) == "function", "service.new: a function expected")
  last_offer = last_offer + 1
  local offer <close> = setmetatable({
    number = last_offer,
    name = name,
    main = main,
    arguments = table.pack(...),
  }, Offer)
  offers[offer.number] = offer
  local address, problem = skynet.call(".service", "lua", "OFFER", name, offer.number)
  if not address then error(problem, 2) end
  known[name] = address
  return address
end

---The address of the service of that name; waits until somebody makes it.
---@param name string
---@return integer address
function service.query(name)
  if not known[name] then
    local address, problem = skynet.call(".service", "lua", "FIND", name)
    if not address then error(problem, 2) end
    known[name] = address
  end
  return known[name]
end

---Ends the service of that name.
---@param name string
---@return boolean closed false: there is none
function service.close(name)
  known[name] = nil
  return skynet.call(".service", "lua", "CLOSE", name)
end

return service
