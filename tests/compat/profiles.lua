-- skynet.profile: CPU time of a task, not of what others do meanwhile.

local skynet = require "skynet"
local profile = require "skynet.profile"
local try = require "support".try

local function burn(seconds)
  local stop = skynet.hpc() + seconds * 1e9
  local x = 0
  while skynet.hpc() < stop do x = x + 1 end
  return x
end

skynet.start(function()
  try("stop first", profile.stop)
  profile.start()
  local ok, problem = pcall(profile.start)
  print("start twice", ok, problem:match "start profile more than once")
  skynet.fork(burn, 0.05)
  skynet.sleep(8)
  local idle = profile.stop()
  print("waiting is free", idle < 0.03)
  profile.start()
  burn(0.05)
  local busy = profile.stop()
  print("work is not", busy > 0.04)
  try("stop again", profile.stop)
  local f = profile.wrap(function() return profile.resume ~= nil end)
  print("wrap", f())
end)
