-- The methods of a snax service: what its file puts into `accept` and `response`, and the global
-- functions init, exit and hotfix.
--
-- Rules: the methods are numbered in the order of the file, behind the system's own; reading the
-- same text twice gives the same numbers, so that both sides of a message agree.

local core = require "skynet.core"
local skynet = require "skynet"
local system = require "snax.system"

---One method: {number, group, name, function or nothing}.
---@class snax.Method
---@field [1] integer
---@field [2] "system"|"accept"|"response"
---@field [3] string
---@field [4]? function

---Finds the service's text: as a service of the bundle, or by the environment's patterns.
---@param name string
---@return string text
---@return string path
local function find(name)
  for pattern in (skynet.getenv "snax" or ""):gmatch "[^;]+" do
    local text, path = core.source("file", (pattern:gsub("^%./", ""):gsub("%?", name)))
    if text then return text, path end
  end
  local text, path = core.source("service", name)
  if text then return text, path end
  error(string.format("snax: there is no service \"%s\" in the tenant's bundle", name), 0)
end

---@param name string
---@param globals table what the chunk gets as _ENV
---@return function chunk
---@return string path
local function load_service(name, globals)
  local text, path = find(name)
  return assert(load(text, "@" .. path, "t", globals)), path
end

---The table `accept` or `response`: assignments become methods.
---@param list snax.Method[]
---@param group "accept"|"response"
local function recorder(list, group)
  local seen = {}
  return setmetatable({}, {
    __newindex = function(_, name, f)
      if type(name) ~= "string" then error(group .. " method only support string", 2) end
      if type(f) ~= "function" then
        error(string.format("%s.%s must be function", group, name), 2)
      end
      if seen[name] then error(string.format("%s.%s duplicate definition", group, name), 2) end
      seen[name] = true
      list[#list + 1] = { #list + 1, group, name, f }
    end,
  })
end

---@param name string
---@param globals table gets the chunk's globals, but the methods
---@param loader? fun(name: string, globals: table): function, string
---@return snax.Method[] methods
---@return string path
return function(name, globals, loader)
  assert(getmetatable(globals) == nil, "snax: the globals must have no metatable")
  for _, taken in ipairs { "init", "exit", "accept", "response" } do
    assert(globals[taken] == nil, "snax: a global is taken already: " .. taken)
  end
  local methods = {}
  for number, word in ipairs(system) do methods[number] = { number, "system", word } end
  local defined = {}
  local env = setmetatable({
    accept = recorder(methods, "accept"),
    response = recorder(methods, "response"),
  }, { __index = defined })
  local chunk, path = (loader or load_service)(name, globals)
  setmetatable(globals, {
    __index = env,
    __newindex = function(_, key, value)
      local number = math.type(key) == nil and system[key]
      if not number then
        defined[key] = value
      elseif type(value) == "function" then
        methods[number][4] = value
      else
        error(string.format("%s must be a function", key), 2)
      end
    end,
  })
  local ok, problem = xpcall(chunk, debug.traceback)
  setmetatable(globals, nil)
  assert(ok, problem)
  for key, value in pairs(defined) do globals[key] = value end
  return methods, path
end
