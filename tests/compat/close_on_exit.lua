-- skynet.exit closes what is open in every task that waits, and answers who waits for an answer.

local skynet = require "skynet"
local try = require "support".try

local mode = ...

local function closing(name)
  return setmetatable({}, {
    __close = function(_, problem) print("closed", name, problem) end,
  })
end

if mode == "callee" then
  skynet.dispatch("lua", function()
    local _ <close> = closing "request"
    skynet.wait()
  end)
  skynet.start(function()
    skynet.fork(function()
      local _ <close> = closing "wait"
      skynet.wait()
    end)
    skynet.timeout(0, function()
      local _ <close> = closing "sleep"
      skynet.sleep(1000)
    end)
    skynet.fork(function()
      pcall(function()
        local _ <close> = closing "inside pcall"
        skynet.sleep(1000)
      end)
      print "never"
    end)
    skynet.timeout(3, function()
      local _ <close> = closing "exiting task"
      skynet.fork(print, "never")
      skynet.exit()
      print "never"
    end)
  end)
  return
end

skynet.start(function()
  local callee = skynet.newservice(SERVICE_NAME, "callee")
  try("call", skynet.call, callee, "lua")
  try("error closes too", function()
    local _ <close> = closing "error"
    error("raised", 0)
  end)
end)
