-- exec: --permit register_global --permit setenv
-- Names of services, and the environment.

local skynet = require "skynet"
local try = require "support".try

local mode = ...

if mode == "other" then
  skynet.dispatch("lua", function(_, _, ...) skynet.retpack("other", ...) end)
  skynet.start(function() skynet.register ".other" end)
  return
end

skynet.start(function()
  local other = skynet.newservice(SERVICE_NAME, "other")
  print("localname", skynet.localname ".other" == other, skynet.localname ".nobody")
  try("by name", skynet.call, ".other", "lua", 1)
  try("by text", skynet.call, skynet.address(other), "lua", 2)
  try("by number as text", skynet.call, tostring(other), "lua", 3)
  skynet.register ".other" -- taken: nothing happens
  print("first wins", skynet.localname ".other" == other)
  skynet.name(".alias", other)
  try("alias", skynet.call, ".alias", "lua", 4)
  skynet.register "GLOBAL"
  skynet.dispatch("lua", function() skynet.retpack "me" end)
  try("global", skynet.call, "GLOBAL", "lua")
  try("bad name", skynet.register, ":1")
  skynet.send(other, "debug", "EXIT")
  while skynet.localname ".other" do skynet.sleep(1) end
  print("gone with the service", skynet.localname ".other", skynet.localname ".alias")
  print("address", skynet.address(255), skynet.address ".x")
  print("harbor", skynet.harbor(skynet.self()))

  print("getenv", skynet.getenv "no such key")
  skynet.setenv("key", "a value")
  print("getenv", skynet.getenv "key")
  try("setenv again", skynet.setenv, "key", "another")
end)
