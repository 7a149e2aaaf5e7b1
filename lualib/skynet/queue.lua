-- skynet.queue: one task at a time.
--
--     local lock = require "skynet.queue" ()
--     lock(f, …)  -- returns what f returns
--
-- Rules: the tasks that come while f runs wait, and go on in the order they came, each in constant
-- time. A task that has the lock may take it again. An error in f lets go of the lock and is raised
-- again with its traceback. A task that is killed lets go of the lock, or of its place.

local skynet = require "skynet"

---@class skynet.Queue
---@field owner? thread who has the lock
---@field depth integer how often
---@field first integer the next to get it
---@field last integer the last in line
---@field [integer] table the tickets of those in line
local Queue = {}
Queue.__index = Queue

---@param queue skynet.Queue
local function hand_over(queue)
  queue.owner = nil
  while queue.first <= queue.last do
    local ticket = queue[queue.first]
    queue[queue.first] = nil
    queue.first = queue.first + 1
    if skynet.wakeup(ticket) then -- else its task is no more
      queue.owner = ticket.thread
      return
    end
  end
end

---Lets go once; at the end of the block that holds the lock, be it by an error or a kill.
---@param queue skynet.Queue
Queue.__close = function(queue)
  queue.depth = queue.depth - 1
  if queue.depth == 0 then hand_over(queue) end
end

---Gives the place back when the task dies in line after its turn had come.
local Ticket = {
  __close = function(ticket)
    local queue = ticket.queue
    if not ticket.passed and queue.owner == ticket.thread then hand_over(queue) end
  end,
}

---@param queue skynet.Queue
---@param thread thread
local function stand_in_line(queue, thread)
  local ticket <close> = setmetatable({ thread = thread, queue = queue }, Ticket)
  queue.last = queue.last + 1
  queue[queue.last] = ticket
  skynet.wait(ticket)
  ticket.passed = true
end

---@param queue skynet.Queue
local function hold(queue, f, ...)
  local _ <close> = queue
  queue.depth = queue.depth + 1
  return xpcall(f, debug.traceback, ...)
end

local function results(ok, ...)
  if ok then return ... end
  error((...), 0)
end

---A new lock.
---@return fun(f: function, ...): ...
return function()
  local queue = setmetatable({ depth = 0, first = 1, last = 0 }, Queue)
  return function(f, ...)
    local thread = coroutine.running()
    if queue.owner and queue.owner ~= thread then stand_in_line(queue, thread) end
    queue.owner = thread
    return results(hold(queue, f, ...))
  end
end
