-- skynet.request: several calls at once, their answers in order of arrival.
--
--     for request, answer in skynet.request { a, "lua", "x" } { b, "lua", "y" } :select(50) do … end
--
-- Rules: every request is sent by select itself, before it returns. Requests to addresses that
-- don't exist come out first, with no answer at all; then each answer when it arrives: a packed
-- table of the results, or false when the call failed. The loop ends when all have answered or
-- when the time is up; then `timeout` of the set is true. What is outstanding when the loop is
-- left, by whatever way, is forgotten.

local core = require "skynet.core"
local moonward = require "moonward"
local skynet = require "skynet"

---One request: {address, type, arguments…}; other fields are the caller's own.
---@class skynet.Request
---@field [1] integer|string address
---@field [2] string|integer message type
---@field n? integer index of the last argument, when nil may be among them

---@class skynet.RequestSet
---@field timeout? true set when the time was up before all had answered
---@field package _pending? integer answers that are still to come out; nil before select
---@field package _sessions table<integer, skynet.Request>
---@field package _invalid skynet.Request[]
---@field package _arrived table[] pairs {request, answer}
---@field package _first integer the next pair of _arrived to come out
---@field package _timer? moonward.Timer
---@overload fun(self: skynet.RequestSet, request: skynet.Request): skynet.RequestSet
local RequestSet = {}
RequestSet.__index = RequestSet

---@type table<integer, skynet.RequestSet> whose request a session is
local owners = {}

---@param set skynet.RequestSet
---@param request skynet.Request
---@param answer table|false
local function arrive(set, request, answer)
  set._arrived[#set._arrived + 1] = { request, answer }
  skynet.wakeup(set)
end

core.on_answer(function(session, ok, ...)
  local set = owners[session]
  if not set then return end
  owners[session] = nil
  local request = set._sessions[session]
  set._sessions[session] = nil
  arrive(set, request, ok and table.pack(...))
end)

---@param set skynet.RequestSet
local function send_all(set)
  for i = 1, #set do
    local request = set[i]
    if core.task_local() then require "skynet.tracing".announce(request[1]) end
    local session = core.ask(request[1], request[2], table.unpack(request, 3, request.n))
    if session then
      set._sessions[session] = request
      owners[session] = set
      set._pending = set._pending + 1
    elseif session == false then -- the receiver's mailbox is full
      set._pending = set._pending + 1
      arrive(set, request, false)
    else
      set._invalid[#set._invalid + 1] = request
    end
  end
end

---The next request that is settled: an invalid one, an answered one, or nothing at the end.
---@param set skynet.RequestSet
---@return skynet.Request? request
---@return table|false|nil answer
local function settled(set)
  local invalid = table.remove(set._invalid, 1)
  if invalid then return invalid, nil end
  while true do
    local pair = set._arrived[set._first]
    if pair then
      set._arrived[set._first] = false
      set._first = set._first + 1
      set._pending = set._pending - 1
      return pair[1], pair[2]
    end
    if set._pending == 0 or set.timeout then return nil end
    skynet.wait(set)
  end
end

---Adds a request; before select.
---@param request skynet.Request
---@return skynet.RequestSet self
function RequestSet:add(request)
  assert(type(request) == "table", "a request is a table {address, type, arguments...}")
  assert(not self._pending, "the requests were sent already")
  self[#self + 1] = request
  return self
end

---Sends all requests; for use in a generic `for`.
---@param ticks? number hundredths of a second that the whole loop may wait
---@return fun(): skynet.Request, table|false|nil
---@return nil
---@return nil
---@return skynet.RequestSet closes the set when the loop is left
function RequestSet:select(ticks)
  assert(not self._pending, "the requests were sent already")
  self._pending, self._sessions, self._invalid, self._arrived, self._first = 0, {}, {}, {}, 1
  local ok, problem = pcall(send_all, self)
  if not ok then
    self:close()
    error(problem, 0)
  end
  if ticks then
    self._timer = moonward.after(math.max(ticks, 0) / 100, function()
      self._timer = nil
      self.timeout = true
      skynet.wakeup(self)
    end)
  end
  return function() return settled(self) end, nil, nil, self
end

---Forgets what is outstanding. A closed set has no more answers.
function RequestSet:close()
  for session in pairs(self._sessions or {}) do
    core.forget(session)
    owners[session] = nil
  end
  if self._timer then self._timer:cancel() end
  self._pending, self._sessions, self._invalid, self._arrived, self._first = 0, {}, {}, {}, 1
  self._timer = nil
end

RequestSet.__call = RequestSet.add
RequestSet.__close = RequestSet.close

local request = {}

---A set of requests, empty or with a first one; `set {…}` and `set:add {…}` add more.
---@param first? skynet.Request
---@return skynet.RequestSet
function request.request(first)
  local set = setmetatable({}, RequestSet)
  if first then set:add(first) end
  return set
end

return request
