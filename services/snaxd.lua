-- The service that a snax service runs in: it loads the file and dispatches to its methods.
--
-- Rules: nothing but init is accepted before init has run. A post that fails is logged; a request
-- that fails is an error at its caller. Each method's calls and CPU time are counted.

local profile = require "skynet.profile"
local read_interface = require "snax.interface"
local skynet = require "skynet"
local snax = require "skynet.snax"

local name = ...
local methods, path = read_interface(name, _ENV)

SERVICE_NAME = name
SERVICE_PATH = path

---@type table<string, {count: integer, time: number}>
local statistics = {}

local function count(method, seconds)
  local row = statistics[method] or { count = 0, time = 0 }
  statistics[method] = row
  row.count = row.count + 1
  row.time = row.time + seconds
end

local function answer(f, ...)
  skynet.retpack(f(...))
end

---@param method snax.Method
local function run(method, ...)
  local _, group, method_name, f = table.unpack(method, 1, 4)
  profile.start()
  local ok, problem
  if group == "accept" then
    ok, problem = xpcall(f, debug.traceback, ...)
  else
    ok, problem = xpcall(answer, debug.traceback, f, ...)
  end
  count(method_name, profile.stop())
  if not ok then error(problem, 0) end
end

local ready = false

local system = {}

function system.init(f, ...)
  assert(not ready, "Already init")
  if f then f(...) end
  skynet.ret()
  skynet.info_func(function() return statistics end)
  ready = true
end

function system.exit(f, ...)
  assert(ready, "Never init")
  if f then f(...) end
  skynet.ret()
  ready = false
  skynet.exit()
end

function system.hotfix(_, ...)
  local hotfix = require "snax.hotfix"
  skynet.retpack(hotfix(methods, ...))
end

function system.profile()
  skynet.retpack(statistics)
end

local function dispatch(_session, _source, number, ...)
  local method = methods[number]
  if not method then error("snax: there is no method " .. tostring(number), 0) end
  if method[2] == "system" then return system[method[3]](method[4], ...) end
  assert(ready, "Init first")
  run(method, ...)
end

skynet.dispatch("snax", dispatch)

---The methods can be called as messages of the type "lua" too.
function snax.enablecluster()
  skynet.dispatch("lua", dispatch)
end

skynet.start(function() end)
