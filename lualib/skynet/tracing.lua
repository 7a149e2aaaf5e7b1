-- Tracing of a request through the log: who waited for what, and when.
--
--     <TRACE :00000008-1> 3068054264493 call : @main.lua:6
--
-- Rules: a tag belongs to the task that called skynet.trace, until that task ends; each line has
-- the tag, monotonic nanoseconds, the event and where it happened. Events: trace, call, resume,
-- sleep, response; in the callee, which gets the tag too, also request, and end or error. From the
-- first use on, the functions in the table `skynet` that cause events are replaced by such that log
-- them: what was copied into a local before goes unseen. Tags don't leave the tenant.

local core = require "skynet.core"
local skynet = require "skynet"

local deepest <const> = 3 -- places shown in a line

local tracing = {}

---Up to three places of the call stack, from `level` on.
---@param level integer
local function places(level)
  local found = {}
  local stack = debug.traceback("", level + 1)
  for place in stack:gmatch("\n%s+([^\n]-:%d+): in") do
    found[#found + 1] = "@" .. place
    if #found == deepest then break end
  end
  return table.concat(found, " ")
end

---Writes a trace line.
---@param tag string
---@param event string
---@param level? integer also tell where: 1 is the caller of tracelog
function tracing.tracelog(tag, event, level)
  local line = string.format("<TRACE %s> %d %s", tag, skynet.hpc(), event)
  local where = level and places(level + 1) or ""
  skynet.error(where ~= "" and line .. " : " .. where or line)
end

---@param event string
---@param level? integer
local function log_event(event, level)
  local tag = core.task_local()
  if tag then tracing.tracelog(tag, event, level and level + 1) end
end

local function resumed(...)
  log_event "resume"
  return ...
end

-- The functions of `skynet` that are an event of their task, before and after.
local before = {
  call = "call", rawcall = "call", sleep = "sleep", wait = "sleep",
  ret = "response", retpack = "response",
}
local waits = { call = true, rawcall = true, sleep = true, wait = true }

---Tells a service the tag of the request that follows.
---@param address integer|string
function tracing.announce(address)
  local tag = core.task_local()
  if tag then skynet.rawsend(address, "trace", tag) end
end

local installed = false

local function install()
  if installed then return end
  installed = true
  skynet.register_protocol { name = "trace", id = skynet.PTYPE_TRACE }
  for name, event in pairs(before) do
    local plain = skynet[name]
    if waits[name] then
      skynet[name] = function(...)
        if not core.task_local() then return plain(...) end
        log_event(event, 2)
        if event == "call" then tracing.announce((...)) end
        return resumed(plain(...))
      end
    else
      skynet[name] = function(...)
        log_event(event)
        return plain(...)
      end
    end
  end
end

local count = 0

---Traces the running task from here on, unless traceproto has forced tracing off for it.
---@param info? string told in the first line
function tracing.trace(info)
  skynet.error("TRACE", (core.task_local()))
  if core.task_local() == false then return end
  install()
  count = count + 1
  local tag = string.format(":%08x-%d", skynet.self(), count)
  core.task_local(tag)
  tracing.tracelog(tag, info and "trace " .. info or "trace")
end

---The tag of the running task.
---@return string|false|nil tag false: forced off
function tracing.tracetag()
  return (core.task_local())
end

---Closed at the end of a request, it logs that.
local last_event = setmetatable({}, {
  __close = function(_, problem) log_event(problem ~= nil and "error" or "end") end,
})

---@type table<string, boolean|nil> message type -> true: trace each request, false: never
local forced = {}

---A handler that traces as its message type asks for.
---@param name string
---@param handler function
local function traced_handler(name, handler)
  return function(...)
    if forced[name] == false then core.task_local(false) end
    if not forced[name] or core.task_local() then return handler(...) end
    tracing.trace()
    local _ <close> = last_event
    handler(...)
  end
end

---Called by the host for a request whose tag was announced.
---@param tag string
---@param handler function
---@param ... any what the handler gets
function tracing.traced_request(tag, handler, ...)
  install()
  core.task_local(tag)
  log_event "request"
  local _ <close> = last_event
  handler(...)
end

---@type table<string, function>? the handlers as they were given
local handlers

local function watch_handlers()
  if handlers then return end
  handlers = {}
  local plain = skynet.dispatch
  skynet.dispatch = function(name, handler)
    if not handler then return handlers[name] or plain(name) end
    local previous = handlers[name] or plain(name)
    if forced[name] == nil then
      handlers[name] = nil
      plain(name, handler)
    else
      handlers[name] = handler
      plain(name, traced_handler(name, handler))
    end
    return previous
  end
end

---Traces every request of a message type, none of them, or those that ask for it.
---@param name string
---@param flag boolean|nil true: every one, false: none, nil: as skynet.trace says
function tracing.traceproto(name, flag)
  watch_handlers()
  local handler = skynet.dispatch(name)
  forced[name] = flag
  if handler then skynet.dispatch(name, handler) end
end

---skynet.rawcall between two trace lines.
---@param tag string
---@param address integer|string
---@param typename string
---@param message string
---@param size? integer
---@return string message
---@return integer size
function tracing.tracecall(tag, address, typename, message, size)
  tracing.tracelog(tag, "tracecall begin")
  local answer, answer_size = skynet.rawcall(address, typename, message, size)
  tracing.tracelog(tag, "tracecall end")
  return answer, answer_size
end

return tracing
