-- skynet.queue: one task at a time, in order, re-entrant.

local skynet = require "skynet"
local queue = require "skynet.queue"
local text = require "support".text

skynet.start(function()
  local lock = queue()
  for i = 1, 3 do
    skynet.fork(lock, function(...)
      print("enter", i, ...)
      skynet.sleep(4 - i)
      print("leave", i)
    end, "argument", nil, i)
  end
  skynet.yield()
  print("results", lock(function() return 1, nil, 3 end))

  print("nested", lock(function()
    return lock(function() return "inner" end)
  end))

  local ok, problem = pcall(lock, function() error "on purpose" end)
  print("error", ok, text(problem), problem:find "stack traceback" ~= nil)
  print("error object", pcall(lock, function() error { 1 } end) == false)
  print("free after an error", lock(function() return true end))

  -- A task that is killed lets go of the lock, one in line of its place.
  local holder = skynet.fork(lock, function() skynet.sleep(1000) end)
  skynet.yield()
  local second = skynet.fork(lock, print, "never")
  skynet.fork(lock, print, "third goes on")
  skynet.yield()
  skynet.killthread(second)
  skynet.killthread(holder)
  skynet.sleep(1)

  -- Two locks are two locks.
  local other = queue()
  lock(function() print("two locks", other(function() return "both" end)) end)
  print("same function", skynet.queue == queue)
end)
