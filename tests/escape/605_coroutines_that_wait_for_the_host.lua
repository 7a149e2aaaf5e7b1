-- expect: finished
-- A coroutine inside a task that waits for the host is not the script's to resume or to close; neither is
-- the coroutine of a task.
local skynet = require "skynet"
skynet.start(function()
  local inner, outer
  local answered = false
  local co = skynet.fork(function()
    outer = coroutine.running()
    inner = coroutine.create(function()
      skynet.sleep(2)
      answered = true
      coroutine.yield "mine"
    end)
    local ok, word = coroutine.resume(inner)
    assert(ok and word == "mine")
  end)
  skynet.sleep(0)
  for _, each in ipairs { inner, outer, co, (coroutine.running()) } do
    assert(coroutine.resume(each, "forged") == false)
    assert(not pcall(coroutine.close, each))
    assert(coroutine.status(each) ~= "suspended")
  end
  while not answered do skynet.sleep(1) end
  assert(coroutine.status(inner) == "suspended" and coroutine.close(inner))
  print "held"
  skynet.exit()
end)
