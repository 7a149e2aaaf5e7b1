-- Source text run inside a service, for debugging: the debug command RUN.
--
-- Rules: the text runs with the service's globals, a `print` whose lines are the answer, and
-- `_U`: the tables that the given functions hold as upvalues, by name.

local core = require "skynet.core"

---Collects the tables among the upvalues of a function, and of the functions among them.
---@param found table<string, table>
---@param f function
---@param seen table<function, true>
local function collect(found, f, seen)
  if seen[f] then return end
  seen[f] = true
  for i = 1, math.huge do
    local name, value = core.upvalue(f, i)
    if not name then return end
    if type(value) == "table" then found[name] = value end
    if type(value) == "function" then collect(found, value, seen) end
  end
end

---@param skynet table
---@param source string
---@param filename? string
---@param arguments table packed
---@param ... function whose upvalues `_U` shows
---@return boolean ok
---@return string[] lines what it printed, or the error
return function(skynet, source, filename, arguments, ...)
  local lines = {}
  local function print(...)
    local texts = table.pack(...)
    for i = 1, texts.n do texts[i] = tostring(texts[i]) end
    lines[#lines + 1] = table.concat(texts, "\t")
  end
  local upvalues, seen = {}, {}
  for _, f in ipairs { ... } do collect(upvalues, f, seen) end
  for _, typename in ipairs { "lua", "snax", "client" } do
    local handler = skynet.dispatch(typename)
    if handler then collect(upvalues, handler, seen) end
  end
  local env = setmetatable({ print = print, _U = upvalues }, { __index = _G })
  local f, problem = load(source, filename and "@" .. filename or "=(load)", "t", env)
  if not f then return false, { problem } end
  local ok, failure = xpcall(f, debug.traceback, table.unpack(arguments, 1, arguments.n))
  if not ok then lines[#lines + 1] = failure end
  return ok, lines
end
