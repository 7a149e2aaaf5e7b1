-- An error in a fork, a timer or a handler is logged and harms nobody else.

local skynet = require "skynet"

skynet.dispatch("lua", function(_, _, what)
  if what == "raise" then error "in the handler" end
  print("message", what)
end)

skynet.start(function()
  skynet.fork(function()
    local _ <close> = setmetatable({}, { __close = function() print "fork closed" end })
    error "in the fork"
  end)
  skynet.fork(print, "second fork")
  skynet.fork(error)
  skynet.fork(error, setmetatable({}, { __tostring = function() error "in __tostring" end }))
  skynet.timeout(1, function() error { "in the timer" } end)
  skynet.timeout(2, function() print "second timer" end)
  skynet.send(skynet.self(), "lua", "raise")
  skynet.send(skynet.self(), "lua", "second")
  skynet.sleep(4)
  print "still here"
  print(pcall(skynet.fork))
  print(pcall(skynet.fork, "text"))
end)
