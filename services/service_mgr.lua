-- ".service": the list of a tenant's unique services.
--
-- Rules: the first who asks for a name starts it, the others wait. A failure is remembered and
-- told to all who ask later. Two lists: services started from a file (LAUNCH, QUERY, and the forms
-- of the network of nodes, whose names begin with "@"), and those made of a function (OFFER, FIND,
-- CLOSE). A request is answered with the address, or with nil and the reason.

local core = require "skynet.core"
local skynet = require "skynet"
local snax_system = require "snax.system"

skynet.register_protocol {
  name = "snax",
  id = skynet.PTYPE_SNAX,
  pack = skynet.pack,
  unpack = skynet.unpack,
}

---What is known of a name.
---@class service_mgr.Entry
---@field address? integer it runs
---@field failure? string it could not be started
---@field starting? integer who starts it now
---@field offers? {source: integer, number: integer}[] of services made of a function
---@field waiting function[] response closures of those who wait

---@alias service_mgr.List table<string, service_mgr.Entry>

---@type service_mgr.List
local files = {}

---@type service_mgr.List
local functions = {}

---@param list service_mgr.List
---@param name string
---@return service_mgr.Entry
local function entry_of(list, name)
  local entry = list[name]
  if not entry then
    entry = { waiting = {} }
    list[name] = entry
  end
  return entry
end

---Answers with what is known; false when nothing is yet.
---@param entry service_mgr.Entry
---@param respond fun(ok: boolean, ...)
local function answer(entry, respond)
  if entry.address then
    respond(true, entry.address)
  elseif entry.failure then
    respond(true, nil, entry.failure)
  else
    return false
  end
  return true
end

---Answers the running request when the name is known, else lets it wait.
---@param entry service_mgr.Entry
---@return boolean waits
local function wait_for(entry)
  local respond = skynet.response()
  if answer(entry, respond) then return false end
  entry.waiting[#entry.waiting + 1] = respond
  return true
end

---It is known from now on: tells those who wait.
---@param entry service_mgr.Entry
---@param address? integer
---@param failure string why there is no address
local function settle(entry, address, failure)
  entry.starting = nil
  entry.address = address
  entry.failure = not address and failure or nil
  local waiting = entry.waiting
  entry.waiting = {}
  for _, respond in ipairs(waiting) do answer(entry, respond) end
end

---Answers the running request; starts the service by `start` when nobody has.
---@param entry service_mgr.Entry
---@param source integer
---@param start fun(...): integer address, or raises
local function launch(entry, source, start, ...)
  if not wait_for(entry) or entry.starting then return end
  entry.starting = source
  local ok, result = pcall(start, ...)
  if ok then
    settle(entry, result, "the service exited in its start")
  else
    settle(entry, nil, tostring(result))
  end
end

-- -- services from files --------------------------------------------------------------------------

---A snax service runs when its init has.
local function start_snax(name, ...)
  local address = skynet.newservice("snaxd", name)
  skynet.call(address, "snax", snax_system.init, ...)
  return address
end

---@param prefix string
local function key_of(prefix, name, subname)
  if name == "snaxd" then return prefix .. name .. "." .. tostring(subname) end
  return prefix .. name
end

local function launch_file(prefix, source, name, ...)
  assert(type(name) == "string", "the name of a service expected")
  local start = name == "snaxd" and start_snax or skynet.newservice
  local entry = entry_of(files, key_of(prefix, name, (...)))
  if name == "snaxd" then
    launch(entry, source, start, ...)
  else
    launch(entry, source, start, name, ...)
  end
end

local function query_file(prefix, name, ...)
  assert(type(name) == "string", "the name of a service expected")
  wait_for(entry_of(files, key_of(prefix, name, (...))))
end

local commands = {}

function commands.LAUNCH(source, name, ...)
  launch_file("", source, name, ...)
end

function commands.GLAUNCH(source, name, ...)
  launch_file("@", source, name, ...)
end

function commands.QUERY(_, name, ...)
  query_file("", name, ...)
end

function commands.GQUERY(_, name, ...)
  query_file("@", name, ...)
end

---@param entry service_mgr.Entry
local function describe(entry)
  if entry.address then return skynet.address(entry.address) end
  if entry.failure then return "Error: " .. entry.failure end
  local lines = {}
  if entry.starting then lines[1] = "Launching from " .. skynet.address(entry.starting) end
  lines[#lines + 1] = string.format("Querying: %d", #entry.waiting)
  return table.concat(lines, "\n")
end

---Every name of the first list, and its address or what is the matter with it.
function commands.LIST()
  local result = {}
  for name, entry in pairs(files) do result[name] = describe(entry) end
  skynet.retpack(result)
end

-- -- services made of a function ------------------------------------------------------------------

---Asks those who have offered the function, one after the other while they are dead, to make a
---service of it.
---@param entry service_mgr.Entry
local function take_offers(entry)
  while true do
    local offer = table.remove(entry.offers, 1)
    entry.starting = offer and offer.source
    if not offer then return end
    local alive, address, problem =
      pcall(skynet.call, offer.source, "debug", "OFFERED", offer.number)
    if alive then return settle(entry, address, problem) end
  end
end

function commands.OFFER(source, name, number)
  local entry = entry_of(functions, name)
  if not wait_for(entry) then return end
  entry.offers = entry.offers or {}
  table.insert(entry.offers, { source = source, number = number })
  if not entry.starting then take_offers(entry) end
end

function commands.FIND(_, name)
  wait_for(entry_of(functions, name))
end

function commands.CLOSE(_, name)
  local entry = functions[name]
  if not entry or entry.starting then return skynet.retpack(false) end
  if not entry.address and #entry.waiting > 0 then return skynet.retpack(false) end
  functions[name] = nil
  skynet.retpack(entry.address ~= nil and core.kill(entry.address))
end

skynet.dispatch("lua", function(_, source, command, ...)
  local f = commands[command]
  if not f then return skynet.retpack(nil, "Invalid command " .. tostring(command)) end
  f(source, ...)
end)

skynet.info_func(function()
  local info = {}
  for name, entry in pairs(functions) do info[name] = describe(entry) end
  return info
end)

skynet.start(function() end)
