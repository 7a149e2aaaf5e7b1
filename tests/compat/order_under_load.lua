-- exec: --quota cpu_per_turn=20s --quota mailbox_messages=100000
-- Messages of one sender to one receiver arrive in the order in which they were sent, sends and calls alike, however
-- many senders there are and wherever they run.
local skynet = require "skynet"
local mode = ...
local senders, each = 8, 3000

local function sink()
  local last, wrong = {}, 0
  skynet.dispatch("lua", function(session, source, number)
    if number == "report" then
      local total = 0
      for _, count in pairs(last) do total = total + count end
      skynet.retpack(total, wrong)
      return
    end
    if number ~= (last[source] or 0) + 1 then wrong = wrong + 1 end
    last[source] = number
    if session ~= 0 then skynet.retpack(number) end
  end)
end

local function sender()
  skynet.dispatch("lua", function(_, _, ...)
    local sinks = { ... }
    for i = 1, each do
      for _, to in ipairs(sinks) do
        if i % 100 == 0 then assert(skynet.call(to, "lua", i) == i)
        else assert(skynet.send(to, "lua", i) == 0) end
      end
    end
    skynet.retpack(true)
  end)
end

local function main()
  local sinks = {}
  for i = 1, 2 do sinks[i] = skynet.newservice("order_under_load", "sink") end
  local left, me = senders, coroutine.running()
  for _ = 1, senders do
    local from = skynet.newservice("order_under_load", "sender")
    skynet.fork(function()
      skynet.call(from, "lua", sinks[1], sinks[2])
      left = left - 1
      if left == 0 then skynet.wakeup(me) end
    end)
  end
  skynet.wait(me)
  for i = 1, 2 do
    local total, wrong = skynet.call(sinks[i], "lua", "report")
    print("sink", i, "messages", total, "out of order", wrong)
  end
  skynet.exit()
end

skynet.start(mode == "sink" and sink or mode == "sender" and sender or main)
