-- Coroutines inside tasks: both libraries can wait for the host in them.

local skynet = require "skynet"
local skynetco = require "skynet.coroutine"
local try = require "support".try

skynet.dispatch("lua", function(_, _, ...) skynet.retpack(...) end)

skynet.start(function()
  local me, is_task = skynetco.thread()
  print("task", me == coroutine.running(), is_task)
  try("yield in a task", skynetco.yield)

  local co = skynetco.create(function(...)
    print("begin", ...)
    skynet.sleep(1)
    print("yielded", skynetco.yield(1, nil, 3))
    local outer, inside = skynetco.thread()
    print("thread", outer == me, inside)
    print("call inside", skynet.call(skynet.self(), "lua", "echo"))
    return "end"
  end)
  print("status", skynetco.status(co))
  print("resume", skynetco.resume(co, "a", nil))
  print("resume", skynetco.resume(co, "b"))
  print("status", skynetco.status(co))
  print("dead", skynetco.resume(co))

  local sleeper = skynetco.create(function() skynet.sleep(3) end)
  skynet.fork(skynetco.resume, sleeper)
  skynet.yield()
  print("status", skynetco.status(sleeper))
  print("resume", skynetco.resume(sleeper))
  try("close", skynetco.close, sleeper)
  skynet.sleep(5)
  print("status", skynetco.status(sleeper))

  print("self", skynetco.resume(coroutine.running()))
  print("foreign", skynetco.resume(coroutine.create(print)))

  local produce = skynetco.wrap(function()
    for i = 1, 2 do
      skynet.sleep(1)
      skynetco.yield(i)
    end
    error("over", 0)
  end)
  print("wrap", produce())
  print("wrap", produce())
  try("wrap", produce)

  local closed = skynetco.create(function()
    local _ <close> = setmetatable({}, { __close = function() print "closed" end })
    skynetco.yield()
  end)
  skynetco.resume(closed)
  print("close", skynetco.close(closed))

  -- The stock library.
  local stock = coroutine.wrap(function()
    skynet.sleep(1)
    coroutine.yield(skynet.call(skynet.self(), "lua", "stock"))
  end)
  print(stock())
end)
