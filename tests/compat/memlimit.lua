-- skynet.memlimit: a cap of one's own, below the quota.

local skynet = require "skynet"
local try = require "support".try

skynet.memlimit(2 * 1024 * 1024)
try("twice", skynet.memlimit, 4 * 1024 * 1024)

skynet.start(function()
  try("too much", function()
    local t = {}
    for i = 1, 1e7 do t[i] = ("x"):rep(1000) .. i end
  end)
  collectgarbage "collect"
  print("goes on", #("x"):rep(100000))
end)
