-- exec: --permit redirect
-- With the permission, a message may bear the address of another service of the tenant, so that
-- the answer goes there.

local skynet = require "skynet"
local try = require "support".try

local mode = ...

if mode == "worker" then
  skynet.dispatch("lua", function(_, _, text) skynet.retpack("worker: " .. text) end)
  return
end
if mode == "front" then
  -- Hands each request on; the worker's answer goes straight to the caller.
  local worker = tonumber((select(2, ...)))
  skynet.dispatch("lua", function(session, source, ...)
    skynet.ignoreret()
    print("redirect", skynet.redirect(worker, source, "lua", session, skynet.pack(...)) == session)
  end)
  return
end

skynet.start(function()
  local worker = skynet.newservice(SERVICE_NAME, "worker")
  local front = skynet.newservice(SERVICE_NAME, "front", worker)
  try("call", skynet.call, front, "lua", "hello")
  try("nobody's", skynet.redirect, worker, 12345678, "lua", 0, "")
end)
