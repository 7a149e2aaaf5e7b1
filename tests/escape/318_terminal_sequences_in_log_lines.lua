-- expect: finished; absent: \x1b
-- Lines of skynet.error, errors of tasks, warnings, names: no control character gets through, no line of
-- the log can be made up.
local skynet = require "skynet"
local core = require "skynet.core"
local bad = "\27[2J\27]0;title\7\r\n2026-01-01T00:00:00.000Z host info forged\b\127\0\u{9b}31m\u{202e}\xff\u{2028}"
skynet.start(function()
  skynet.error(bad, "%s%n%x", bad)
  skynet.error(setmetatable({}, { __tostring = function() return bad end }))
  skynet.fork(error, bad)
  skynet.fork(error, { bad })
  warn(bad)
  pcall(core.spawn_function, bad, function() error "named so" end)
  skynet.redirect(skynet.self(), skynet.self(), "response", 4711, bad)
  skynet.sleep(1)
  print "held"
  skynet.exit()
end)
