-- skynet.redirect with another's address wants the permission "redirect".

local skynet = require "skynet"
local try = require "support".try

local mode = ...

skynet.dispatch("lua", function(session, source, ...)
  print("got", session, source == skynet.self(), ...)
end)

if mode == "other" then return end

skynet.start(function()
  local other = skynet.newservice(SERVICE_NAME, "other")
  local self = skynet.self()
  local message = skynet.packstring "x"
  print("own address", skynet.redirect(self, self, "lua", 0, message))
  try("another's", skynet.redirect, self, other, "lua", 0, message)
  try("nobody's", skynet.redirect, self, 12345678, "lua", 0, message)
  skynet.yield()
end)
