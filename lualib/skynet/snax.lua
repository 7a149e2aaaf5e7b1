-- snax: services written as two tables of functions, `accept` (posts) and `response` (requests).
--
--     local ps = snax.newservice("pingserver", "hello")
--     ps.post.hello()             -- does not wait
--     print(ps.req.ping "foobar") -- waits for the answer
--
-- Rules: a service is a file of the tenant's bundle, found as services are, or by the patterns in
-- the environment's `snax`. init runs before newservice returns. Whoever uses a service reads its
-- file too, to know the methods: calling one that isn't there is an error at once.

local read_interface = require "snax.interface"
local skynet = require "skynet"
local system = require "snax.system"

local snax = {}

skynet.register_protocol {
  name = "snax",
  id = skynet.PTYPE_SNAX,
  pack = skynet.pack,
  unpack = skynet.unpack,
}

---@class snax.Interface
---@field name string
---@field accept table<string, integer> method -> its number in a message
---@field response table<string, integer>
---@field system table<string, integer>

---@type table<string, snax.Interface>
local interfaces = {}

---The globals that a service's file sees while only its methods are asked for.
local function bare_globals()
  local module = skynet.getenv "snax_interface_g"
  return module and require(module) or { require = function() end }
end

---The methods of a type of service.
---@param name string
---@return snax.Interface
function snax.interface(name)
  local interface = interfaces[name]
  if not interface then
    interface = { name = name, accept = {}, response = {}, system = {} }
    for number, method in ipairs(read_interface(name, bare_globals())) do
      interface[method[2]][method[3]] = number
    end
    interfaces[name] = interface
  end
  return interface
end

---@class snax.Object
---@field handle integer
---@field type string
---@field post table<string, fun(...)>
---@field req table<string, fun(...): ...>
local Object = {
  __tostring = function(object) return string.format("[%s:%x]", object.type, object.handle) end,
}

---A table whose fields are functions that send a method's number.
---@param interface snax.Interface
---@param group "accept"|"response"
---@param kind string for the error text
---@param transport fun(handle: integer, typename: string, ...): ...
---@param handle integer
local function methods(interface, group, kind, transport, handle)
  return setmetatable({}, {
    __index = function(self, name)
      local number = interface[group][name]
      if not number then
        error(string.format("%s %s:%s no exist", kind, interface.name, name), 2)
      end
      local function method(...) return transport(handle, "snax", number, ...) end
      rawset(self, name, method)
      return method
    end,
  })
end

local function post(...)
  skynet.send(...)
end

---@type table<integer, snax.Object>
local objects = setmetatable({}, { __mode = "v" })

---The object for a service whose handle is known.
---@param handle integer
---@param typename string
---@return snax.Object
function snax.bind(handle, typename)
  local object = objects[handle]
  if object then
    assert(object.type == typename, "the handle is bound to another type already")
    return object
  end
  local interface = snax.interface(typename)
  object = setmetatable({
    handle = handle,
    type = typename,
    post = methods(interface, "accept", "post", post, handle),
    req = methods(interface, "response", "request", skynet.call, handle),
  }, Object)
  objects[handle] = object
  return object
end

---Starts a service and runs its init.
---@param name string
---@param ... any for init
---@return integer handle
function snax.rawnewservice(name, ...)
  snax.interface(name) -- an error in the file is raised here, where it is of use
  local handle = skynet.newservice("snaxd", name)
  skynet.call(handle, "snax", system.init, ...)
  return handle
end

---@param name string
---@param ... any for init
---@return snax.Object
function snax.newservice(name, ...)
  return snax.bind(snax.rawnewservice(name, ...), name)
end

---@param command string
---@return snax.Object
local function ask_manager(command, name, ...)
  return snax.bind(assert(skynet.call(".service", "lua", command, "snaxd", name, ...)), name)
end

---The one service of that type; started with the arguments when there is none.
---@param name string
---@param ... any for init
---@return snax.Object
function snax.uniqueservice(name, ...)
  return ask_manager("LAUNCH", name, ...)
end

---As uniqueservice, in the network of nodes; a host is one node.
---@param name string
---@param ... any for init
---@return snax.Object
function snax.globalservice(name, ...)
  return ask_manager("GLAUNCH", name, ...)
end

---The one service of that type; waits until somebody starts it.
---@param name string
---@return snax.Object
function snax.queryservice(name)
  return ask_manager("QUERY", name)
end

---@param name string
---@return snax.Object
function snax.queryglobal(name)
  return ask_manager("GQUERY", name)
end

---Ends a service; its exit function gets the arguments.
---@param object snax.Object
---@param ... any
function snax.kill(object, ...)
  skynet.call(object.handle, "snax", system.exit, ...)
end

---The object of this very service.
---@return snax.Object
function snax.self()
  return snax.bind(skynet.self(), SERVICE_NAME)
end

---Ends this service.
---@param ... any for its exit function
function snax.exit(...)
  snax.kill(snax.self(), ...)
end

local function results(ok, ...)
  if ok then return ... end
  error((...), 0)
end

---Replaces methods of a running service by those in the source text. Upvalues of the new methods
---that have no value there are joined with the old ones of the same name.
---@param object snax.Object
---@param source string
---@param ... any for the text's function hotfix
---@return any ... what the text's function hotfix returns
function snax.hotfix(object, source, ...)
  return results(skynet.call(object.handle, "snax", system.hotfix, source, ...))
end

---How often each method was called, and the CPU seconds it took.
---@param object snax.Object
---@return table<string, {count: integer, time: number}>
function snax.profile_info(object)
  return skynet.call(object.handle, "snax", system.profile)
end

---Logs a formatted line.
---@param format string
---@param ... any
function snax.printf(format, ...)
  skynet.error(string.format(format, ...))
end

return snax
