-- expect: finished; stdout: closing
-- killthread of a task whose to-be-closed variables run: at skynet.exit, and under another killthread.
local skynet = require "skynet"
skynet.start(function()
  local co
  local function suicidal()
    local x <close> = setmetatable({}, { __close = function()
      print(last and "held" or "closing", skynet.killthread(co))
      pcall(coroutine.close, co)
      pcall(coroutine.resume, co)
      pcall(coroutine.wrap(function() skynet.killthread(co) end))
    end })
    skynet.wait "token"
  end
  co = skynet.fork(suicidal)
  skynet.sleep(0)
  skynet.wakeup "token"
  assert(skynet.killthread(co) == co)
  for _ = 1, 100 do skynet.fork(function() skynet.sleep(0) end) end
  skynet.sleep(1)
  co = skynet.fork(suicidal)
  skynet.sleep(0)
  last = true
  skynet.exit()
end)
