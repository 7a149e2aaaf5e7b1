-- skynet.service: who offers a function may end before the service is made; the next one makes it.

local service = require "skynet.service"
local skynet = require "skynet"

local mode = ...

local function slow(...)
  local skynet = require "skynet"
  print("main", ...)
  skynet.dispatch("lua", function() skynet.retpack "answer" end)
end

local function endless()
  local skynet = require "skynet"
  skynet.start(function() skynet.wait() end)
end

if mode == "first" then
  skynet.start(function()
    skynet.fork(pcall, service.new, "made", endless)
    skynet.timeout(2, skynet.exit)
  end)
  return
end

skynet.start(function()
  skynet.newservice(SERVICE_NAME, "first")
  skynet.yield()
  print("second", skynet.call(service.new("made", slow, "by the second"), "lua"))
  print("query", skynet.call(service.query "made", "lua"))
end)
