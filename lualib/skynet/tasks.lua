-- The tasks of this service, for people who debug it: what waits for what, and where.
--
-- Rules: a task is listed while it waits; so is a pending skynet.timeout, which has no coroutine
-- before it is due and shows a traceback only when skynet.trace_timeout was on as it was made.

local core = require "skynet.core"
local skynet = require "skynet"

---@type table<function, string> where a pending timeout was made
local made_at = setmetatable({}, { __mode = "k" })

---Where a waiting task stands.
---@param row skynet.core.Session
---@return string
local function where(row)
  local who = row[1]
  if type(who) == "thread" then return debug.traceback(who) end
  return made_at[who] or "timer: no traceback, see skynet.trace_timeout"
end

---@param row skynet.core.Session
local function label(row)
  local who = type(row[1]) == "thread" and tostring(row[1]) or "timer"
  return string.format("%s session: %d", who, row[2])
end

local tasks = {}

---What waits in this service.
---@param what? table|integer|thread|"init"
---@return any result nothing given: how many tasks wait. A table: it is filled with label =
---traceback. A session: its task's traceback, or "No session". A coroutine: the session it waits
---for. "init": the traceback of the start function while that runs.
function tasks.task(what)
  local rows = core.sessions()
  if what == nil then return #rows end
  if type(what) == "table" then
    for _, row in ipairs(rows) do what[label(row)] = where(row) end
    return
  end
  for _, row in ipairs(rows) do
    if what == "init" and row[4] or what == row[2] then return where(row) end
    if what == row[1] then return row[2] end
  end
  if math.type(what) == "integer" then return "No session" end
end

local shown_sessions <const> = 10

---The waiting tasks, those at the same place together.
---@return table<string, string> "count<TAB>sessions:[…]" = traceback
function tasks.uniqtask()
  local groups = {}
  for _, row in ipairs(core.sessions()) do
    local place = where(row)
    groups[place] = groups[place] or { count = 0 }
    local group = groups[place]
    group.count = group.count + 1
    if #group < shown_sessions then group[#group + 1] = row[2] end
  end
  local result = {}
  for place, group in pairs(groups) do
    local more = group.count > #group and "..." or ""
    local head = "%d\tsessions:[%s%s]\n"
    result[head:format(group.count, table.concat(group, ","), more)] = place
  end
  return result
end

local plain_timeout = skynet.timeout

local function traced_timeout(ticks, f)
  -- A function of its own, as the same one may be given to many timeouts.
  local function due() return f() end
  made_at[due] = debug.traceback(string.format("TIMER %d+%d : ", skynet.now(), ticks), 2)
  return plain_timeout(ticks, due)
end

---While on, each skynet.timeout remembers where it was made, for skynet.task to show.
---@param on boolean
function tasks.trace_timeout(on)
  skynet.timeout = on and traced_timeout or plain_timeout
end

return tasks
