-- snax.hotfix: new methods for a running service, with the state of the old ones.
--
-- Rules: an upvalue of a new method that is nil in the new text is joined with the old methods'
-- upvalue of that name; so are the globals. An upvalue that has a value stays the new text's own.
-- Two different upvalues of one name among the old methods are ambiguous, and an error. The system
-- functions (init, exit) and methods alike can be replaced; none can be added.

local core = require "skynet.core"
local read_interface = require "snax.interface"

---@class snax.Upvalue
---@field func function a function that has it
---@field index integer
---@field id integer

---@param f function
---@return fun(): integer?, string?, any, integer?
local function upvalues(f)
  local i = 0
  return function()
    i = i + 1
    local name, value, id = core.upvalue(f, i)
    if name then return i, name, value, id end
  end
end

---The identity of a function's _ENV.
---@param f function
local function env_of(f)
  for _, name, _, id in upvalues(f) do
    if name == "_ENV" then return id end
  end
end

---Collects the upvalues of an old method, and of the functions of the same chunk it uses.
---@param found table<string, snax.Upvalue>
---@param f function
---@param env integer? identity of the service's _ENV
local function collect(found, f, env)
  for index, name, value, id in upvalues(f) do
    local known = found[name]
    if known then
      if known.id ~= id then error("ambiguity local value " .. name, 0) end
    else
      found[name] = { func = f, index = index, id = id }
      if type(value) == "function" and core.is_lua(value) and env_of(value) == env then
        collect(found, value, env)
      end
    end
  end
end

---@param methods snax.Method[]
local function collect_all(methods)
  local found = {}
  for _, method in pairs(methods) do
    if method[4] then collect(found, method[4], env_of(method[4])) end
  end
  return found
end

---Joins what a new function leaves open with the old upvalues.
---@param f function
---@param old table<string, snax.Upvalue>
---@param globals table the globals that the new text was read with
---@param seen table<function, true>
local function join(f, old, globals, seen)
  if seen[f] then return end
  seen[f] = true
  for index, name, value in upvalues(f) do
    if value == nil or value == globals then
      if old[name] then core.join_upvalue(f, index, old[name].func, old[name].index) end
    elseif type(value) == "function" and core.is_lua(value) then
      join(value, old, globals, seen)
    end
  end
end

---@param methods snax.Method[]
---@param group string
---@param name string
local function find(methods, group, name)
  for _, method in pairs(methods) do
    if method[2] == group and method[3] == name then return method end
  end
end

local function replace(methods, source, ...)
  local globals = {}
  for name, value in pairs(_G) do globals[name] = value end
  local patch = read_interface("patch", globals, function(_, env)
    return assert(load(source, "=patch", "t", env)), "patch"
  end)
  local old = collect_all(methods)
  if not old._ENV then
    local function with_env() return _ENV end
    old._ENV = { func = with_env, index = 1 }
  end
  local seen = {}
  for _, method in pairs(patch) do
    local _, group, name, f = table.unpack(method, 1, 4)
    if f then
      local target = find(methods, group, name)
      if not target then error(string.format("Patch mismatch %s.%s", group, name), 0) end
      join(f, old, globals, seen)
      target[4] = f
    end
  end
  local after = find(patch, "system", "hotfix")
  if after and after[4] then return after[4](...) end
end

---@param methods snax.Method[] changed
---@param source string
---@param ... any for the text's function hotfix
---@return boolean ok
---@return any ... what the text's function hotfix returns, or the error
return function(methods, source, ...)
  return pcall(replace, methods, source, ...)
end
