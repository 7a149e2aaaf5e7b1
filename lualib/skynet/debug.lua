-- The debug protocol: what any Lua service answers when it is asked about itself.
--
-- Rules: requests come as messages of the type "debug", from services of the same tenant alone.
-- MEM GC STAT TASK UNIQTASK INFO EXIT TERM PING LINK SUPPORT TRACELOG are there for all;
-- KILLTASK wants the permission "debug", RUN the permission "inject". REMOTEDEBUG would hand out
-- the interpreter's own debug library and is always refused.

local core = require "skynet.core"
local skynet = require "skynet"

local commands = {}

---@type table<string, function> those that scripts have added
local registered = {}

---@type function? what INFO answers with
local info

local debugging = {}

---@param permission string
---@param command string
local function need(permission, command)
  if core.permitted(permission) then return end
  local text = "debug %s is not permitted: the tenant lacks the permission \"%s\""
  error(text:format(command, permission), 0)
end

---KiB of memory in use.
function commands.MEM()
  skynet.retpack(collectgarbage "count")
end

local collecting = false

---Collects garbage and logs what that gave. Requests that come meanwhile are ignored.
function commands.GC()
  if collecting then return end
  collecting = true
  local before, begin = collectgarbage "count", skynet.now()
  collectgarbage "collect"
  skynet.yield() -- behind the GC requests that wait already
  local text = "GC %.2f Kb -> %.2f Kb, cost %.2f sec"
  local cost = (skynet.now() - begin) / 100
  skynet.error(text:format(before, collectgarbage "count", cost))
  collecting = false
end

function commands.STAT()
  skynet.retpack {
    task = skynet.task(),
    mqlen = skynet.stat "mqlen",
    cpu = skynet.stat "cpu",
    message = skynet.stat "message",
  }
end

---@param session? integer
function commands.TASK(session)
  if session then
    skynet.retpack(skynet.task(session))
  else
    local all = {}
    skynet.task(all)
    skynet.retpack(all)
  end
end

function commands.UNIQTASK()
  skynet.retpack(skynet.uniqtask())
end

function commands.INFO(...)
  if info then skynet.retpack(info(...)) else skynet.retpack(nil) end
end

function commands.EXIT()
  skynet.exit()
end

---Every call of this service that waits for `address` fails.
---@param address integer
function commands.TERM(address)
  skynet.term(address)
end

function commands.PING()
  skynet.ret()
end

---Never answered: fails when this service ends.
function commands.LINK()
  skynet.response()
end

---Whether this service has a handler for a message type.
---@param typename string
function commands.SUPPORT(typename)
  skynet.retpack(skynet.dispatch(typename) ~= nil)
end

---@param typename? string
---@param flag boolean|nil
function commands.TRACELOG(typename, flag)
  if type(typename) ~= "string" then typename, flag = "lua", typename end
  skynet.error(string.format("Turn trace log %s for %s", flag, typename))
  skynet.traceproto(typename, flag)
  skynet.ret()
end

---Ends a task of this service.
---@param name thread|string the coroutine, or a part of its name
function commands.KILLTASK(name)
  need("debug", "KILLTASK")
  local killed = skynet.killthread(name)
  skynet.error(string.format(killed and "Kill %s" or "Kill %s : Not found", killed or name))
  if killed then skynet.ret() else skynet.retpack "Not found" end
end

---Runs source text in this service; answers whether that went well, and what it printed.
---@param source string
---@param filename? string
---@param ... any
function commands.RUN(source, filename, ...)
  need("inject", "RUN")
  local inject = require "skynet.inject"
  local ok, output = inject(skynet, source, filename, table.pack(...))
  skynet.retpack(ok, table.concat(output, "\n"))
end

function commands.REMOTEDEBUG()
  error("debug REMOTEDEBUG is not permitted in this host", 0)
end

---Called by the host for each debug request, in a task of its own.
---@param _session integer
---@param _source integer
---@param command string
---@param ... any
function debugging.dispatch(_session, _source, command, ...)
  local f = commands[command] or registered[command]
  if not f then error("unknown debug command: " .. tostring(command), 0) end
  f(...)
end

---Adds a command; the ones above can't be replaced.
---@param name string
---@param f function
function debugging.reg_debugcmd(name, f)
  registered[name] = f
end

---What the debug command INFO answers with.
---@param f? fun(...): any
function debugging.info_func(f)
  info = f
end

return debugging
