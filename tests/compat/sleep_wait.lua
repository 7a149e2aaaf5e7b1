-- sleep, wait and wakeup, with and without tokens.

local skynet = require "skynet"
local try = require "support".try

skynet.start(function()
  local me = coroutine.running()
  print("slept", skynet.sleep(1))
  skynet.fork(function() print("wakeup", skynet.wakeup(me)) end)
  print("woken", skynet.sleep(1000))
  skynet.fork(function()
    print("wakeup by token", skynet.wakeup "token")
    print("wakeup again", skynet.wakeup "token")
  end)
  print("woken by token", skynet.sleep(1000, "token"))
  print("nobody waits", skynet.wakeup "token")

  local token = {}
  skynet.fork(function() print("waited", skynet.wait(token)) end)
  skynet.yield()
  try("same token", skynet.wait, token)
  try("same token, asleep", skynet.sleep, 1, token)
  skynet.wakeup(token)
  skynet.yield()

  -- Woken in the order of wakeup, not of wait.
  for i = 1, 3 do
    skynet.fork(function()
      skynet.wait(i)
      print("order", i)
    end)
  end
  skynet.yield()
  for _, i in ipairs { 2, 3, 1 } do skynet.wakeup(i) end
  skynet.yield()

  -- A late timer of a sleep that was broken off wakes nobody.
  skynet.fork(skynet.wakeup, me)
  print("broken off", skynet.sleep(2))
  print("sleeps its time", skynet.sleep(5))
  try("without number", skynet.sleep, "soon")
end)
