---@meta skynet.core

-- Annotations of the native module `skynet.core`, on which the Lua part of the script API stands.
-- Scripts have no need of it. This file is read by editors alone.

---@class skynet.core
local core = {}

---What a task waits for, or a timer: {coroutine or function, session, kind, is_start}.
---@class skynet.core.Session
---@field [1] thread|function
---@field [2] integer
---@field [3] "call"|"sleep"|"wait"|"timeout"|"periodic"|"module"
---@field [4]? boolean the main chunk or the start function

---@return skynet.core.Session[]
function core.sessions() end

---The tenant's own code.
---@param kind "module"|"service"|"file"
---@param name string
---@return string? text nothing: there is none
---@return string? path
function core.source(kind, name) end

---A service whose main chunk is f. Waits until it has started.
---@param name string
---@param f function a Lua function without upvalues but _ENV
---@param ... any what f is called with
---@return integer? address nothing: it exited in its start
function core.spawn_function(name, f, ...) end

---@class skynet.core.Row
---@field address integer
---@field name string
---@field memory integer
---@field cpu_ns integer
---@field messages integer
---@field mailbox_messages integer

---The services of the tenant; permission "debug", or a built-in service.
---@return skynet.core.Row[]
function core.list() end

---Ends a service; permission "kill", or a built-in service.
---@param address integer|string
---@return boolean killed
function core.kill(address) end

---As coroutine.status, and "blocked" for one that waits for the host.
---@param co? thread
---@return string
function core.status(co) end

---@param co? thread
---@return boolean is_task
function core.is_task(co) end

---The coroutine of the running task.
---@return thread?
function core.task() end

---The value that goes with the running task until that ends; sets it when given.
---@param value? any
---@return any value
function core.task_local(value) end

---CPU seconds of this service.
---@return number
function core.cpu() end

---Starts to measure the CPU time of a task.
---@param co? thread
---@return number seconds
function core.start_clock(co) end

---@param co? thread
---@return number? seconds nothing: it isn't measured
function core.clock(co) end

---@param f? fun(type: integer, message: string, size: integer, session: integer, source: integer)
function core.set_filter(f) end

---Dispatches a message as if it had just come.
---@param type integer
---@param message? string
---@param size? integer
---@param session? integer
---@param source? integer
---@return boolean queued
function core.inject(type, message, size, session, source) end

---@param kind "request"|"response"
---@param f? skynet.UnknownHandler
function core.set_unknown(kind, f) end

---Sends a request without waiting; the answer goes to the function of on_answer.
---@param address integer|string
---@param typename string|integer
---@param ... any
---@return integer|false|nil session nothing: no such service; false: its mailbox is full
function core.ask(address, typename, ...) end

---@param session integer
function core.forget(session) end

---@param f fun(session: integer, ok: boolean, ...)
function core.on_answer(f) end

---@param permission string
---@return boolean
function core.permitted(permission) end

---@param bytes integer
function core.set_memory_limit(bytes) end

---@param f any
---@return boolean
function core.is_lua(f) end

---@param f function
---@param index integer
---@return string? name
---@return any value
---@return integer? identity
function core.upvalue(f, index) end

---@param f function
---@param index integer
---@param other function
---@param other_index integer
function core.join_upvalue(f, index, other, other_index) end

return core
