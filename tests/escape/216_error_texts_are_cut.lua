-- expect: finished; quota: log_line=1KiB; absent: EEEEEEEEEEEEEEEEEEEE
-- A request that fails with megabytes of text: neither the caller nor the log gets them.
local skynet = require "skynet"
skynet.start(function()
  skynet.dispatch("lua", function()
    error(("-"):rep(2000) .. ("E"):rep(3000000), 0)
  end)
  local ok, problem = pcall(skynet.call, skynet.self(), "lua")
  assert(not ok and #problem < 8192)
  print "held"
  skynet.exit()
end)
