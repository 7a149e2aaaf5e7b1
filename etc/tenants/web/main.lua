-- Starts the tenant's services: one that keeps values, and the two that serve them.
local skynet = require "skynet"

skynet.start(function()
  local store = skynet.newservice("store")
  skynet.newservice("line", store, "127.0.0.1", 8001)
  skynet.newservice("http", store, "127.0.0.1", 8080)
  skynet.error("serving lines on 127.0.0.1:8001 and HTTP on 127.0.0.1:8080")
  skynet.exit()
end)
