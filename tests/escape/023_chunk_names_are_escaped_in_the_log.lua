-- expect: finished; absent: \x1b
-- A script names its own chunks as it likes, and so lies in its own log lines; it writes no control
-- character into them.
local skynet = require "skynet"
skynet.start(function()
  skynet.fork(load("error 'x'", "=\27[31m[trusted host core]\27[0m\r\n2026-01-01 host forged"))
  skynet.sleep(1)
  print "held"
  skynet.exit()
end)
