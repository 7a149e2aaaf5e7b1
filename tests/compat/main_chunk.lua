-- The main chunk is the main coroutine to a script; a task is not.

local skynet = require "skynet"

local main, is_main = coroutine.running()
print("main chunk", is_main, coroutine.isyieldable(), coroutine.isyieldable(main))
print("yield", pcall(coroutine.yield))
print("resume", coroutine.resume(main))
print("inside", coroutine.wrap(function()
  local _, inside = coroutine.running()
  return inside, coroutine.isyieldable(), coroutine.isyieldable(main), coroutine.status(main)
end)())

skynet.start(function()
  local task, still_main = coroutine.running()
  print("task", task ~= main, still_main, coroutine.isyieldable())
end)

-- Libraries that are globals can be required as well.
for _, name in ipairs { "coroutine", "debug", "math", "os", "string", "table", "utf8" } do
  assert(require(name) == _G[name], name)
end
