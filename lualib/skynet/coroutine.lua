-- skynet.coroutine: coroutines in which blocking functions of `skynet` can be used.
--
-- Rules: the stock coroutine library of this host can do that too; this module adds what can be
-- asked: the status "blocked" while a coroutine waits for the host, and the task a coroutine runs
-- in. Only coroutines made here can be resumed here.

local core = require "skynet.core"

---@type table<thread, true> made by this module, and not dead
local made = setmetatable({}, { __mode = "k" })

---@type table<thread, thread> the task whose call chain resumed it last
local task_of = setmetatable({}, { __mode = "kv" })

local skynetco = {
  running = coroutine.running,
  isyieldable = coroutine.isyieldable,
  status = core.status,
}

---@param f function
---@return thread
function skynetco.create(f)
  local co = coroutine.create(f)
  made[co] = true
  return co
end

---As coroutine.resume.
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function skynetco.resume(co, ...)
  if not made[co] then
    if coroutine.status(co) == "dead" then return coroutine.resume(co, ...) end
    return false, "cannot resume none skynet coroutine"
  end
  if core.status(co) == "blocked" then
    return false, "cannot resume a skynet coroutine suspend by skynet framework"
  end
  local from = coroutine.running()
  task_of[co] = task_of[from] or from
  return coroutine.resume(co, ...)
end

---As coroutine.yield.
---@param ... any
---@return any ...
function skynetco.yield(...)
  if core.is_task() then
    error("Call skynet.coroutine.yield out of skynet.coroutine.resume", 2)
  end
  return coroutine.yield(...)
end

local function results(ok, ...)
  if ok then return ... end
  error((...), 0)
end

---As coroutine.wrap.
---@param f function
---@return fun(...): ...
function skynetco.wrap(f)
  local co = skynetco.create(f)
  return function(...) return results(skynetco.resume(co, ...)) end
end

---The task that a coroutine runs in.
---@param co? thread default: the running one
---@return thread? task nothing before it was first resumed
---@return boolean is_task the coroutine is a task itself
function skynetco.thread(co)
  co = co or coroutine.running()
  if made[co] then return task_of[co], false end
  return co, true
end

---As coroutine.close.
---@param co thread
---@return boolean ok
---@return any problem
function skynetco.close(co)
  made[co] = nil
  return coroutine.close(co)
end

return skynetco
