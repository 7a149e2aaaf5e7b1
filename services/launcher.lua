-- ".launcher": starts, lists and ends services by message; what consoles and tools talk to.
--
-- Rules: the host itself starts and counts services, this one only asks it. What tells about other
-- services wants the tenant's permission "debug", what ends them "kill". Commands are the classic
-- ones, in any case of letters.

local core = require "skynet.core"
local skynet = require "skynet"

---@param permission string
---@param command string
local function need(permission, command)
  if core.permitted(permission) then return end
  local text = "%s is not permitted: the tenant lacks the permission \"%s\""
  error(text:format(command, permission), 0)
end

---The tenant's services but the ones of the host itself.
---@return table<integer, string> names by address
local function services()
  local result = {}
  for _, row in ipairs(core.list()) do
    if row.address ~= skynet.self() then result[row.address] = "snlua " .. row.name end
  end
  return result
end

local commands = {}

---@return table<string, string> ":address" = how it was started
function commands.LIST()
  need("debug", "LIST")
  local result = {}
  for address, name in pairs(services()) do result[skynet.address(address)] = name end
  return result
end

---Asks every service by a debug command.
---@param ticks? number how long to wait
---@param format fun(answer: any, name: string): any
---@param command string
local function ask_all(ticks, format, command)
  local result = {}
  local names = services()
  local requests = skynet.request()
  for address, name in pairs(names) do
    requests:add { address, "debug", command }
    result[skynet.address(address)] = format("TIMEOUT", name)
  end
  for request, answer in requests:select(ticks) do
    local address = request[1]
    local value = answer and answer[1]
    if not answer then value = "ERROR" end
    result[skynet.address(address)] = format(value, names[address])
  end
  return result
end

function commands.STAT(_, ticks)
  need("debug", "STAT")
  return ask_all(ticks, function(answer) return answer end, "STAT")
end

function commands.MEM(_, ticks)
  need("debug", "MEM")
  return ask_all(ticks, function(answer, name)
    local pattern = type(answer) == "number" and "%.2f Kb (%s)" or "%s (%s)"
    return pattern:format(answer, name)
  end, "MEM")
end

function commands.GC(_, ticks)
  need("debug", "GC")
  for address in pairs(services()) do skynet.send(address, "debug", "GC") end
  return commands.MEM(nil, ticks)
end

---@param address integer
function commands.KILL(_, address)
  need("kill", "KILL")
  local name = services()[address]
  core.kill(address)
  return { [skynet.address(address)] = tostring(name) }
end

---The host notices the end of a service by itself.
function commands.REMOVE()
  skynet.ignoreret()
end

commands.ERROR = commands.REMOVE
commands.LAUNCHOK = commands.REMOVE

---Starts a service: ("snlua", name, arguments…).
function commands.LAUNCH(_, kind, name, ...)
  if kind ~= "snlua" then
    error(string.format("there is no native service \"%s\" in this host", kind), 0)
  end
  return skynet.newservice(name, ...)
end

commands.LOGLAUNCH = commands.LAUNCH

---The service that a LAUNCH with this session starts: the host doesn't tell.
function commands.QUERY()
  return nil
end

local silent = { REMOVE = true, ERROR = true, LAUNCHOK = true }

skynet.dispatch("lua", function(_, source, command, ...)
  command = string.upper(command)
  local f = commands[command]
  if not f then return skynet.retpack { "Unknown command" } end
  if silent[command] then return f(source, ...) end
  skynet.retpack(f(source, ...))
end)

skynet.start(function() end)
