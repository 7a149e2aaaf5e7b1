-- expect: finished
-- In a task, a request, a timer and a start function: an error value of any type is told and harms
-- nothing.
local skynet = require "skynet"
local core = require "skynet.core"

local values = {
  nil, 1, 1.5, true, print, coroutine.create(print), {}, "", "a\0b", "\27[2J\r\n\7", ("x"):rep(300000),
  setmetatable({}, { __tostring = function() return nil end }),
  setmetatable({}, { __tostring = function() return ("t"):rep(300000) end }),
  setmetatable({}, { __tostring = function() error(error) end }),
  setmetatable({}, { __metatable = "none", __name = "\0" }),
}

skynet.start(function()
  skynet.dispatch("lua", function(_, _, i) error(values[i], 0) end)
  for i = 1, 15 do
    skynet.fork(error, values[i])
    skynet.timeout(0, function() error(values[i], 2) end)
    assert(not pcall(skynet.call, skynet.self(), "lua", i))
    local ok = pcall(core.spawn_function, "dies" .. i, function(...)
      local value = ...
      error(value)
    end, type(values[i]) == "string" and values[i] or i)
    assert(not ok)
  end
  skynet.sleep(1)
  print "held"
  skynet.exit()
end)
