-- What tells about other services, or ends them, wants a permission, through ".launcher" too.

local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local try = require "support".try

skynet.start(function()
  for _, command in ipairs { "LIST", "STAT", "MEM", "GC", "KILL" } do
    try(command, skynet.call, ".launcher", "lua", command, skynet.self())
  end
  try("skynet.kill", skynet.kill, skynet.self())
  try("skynet.abort", skynet.abort)
  try("skynet.monitor", skynet.monitor, "some_service")
  try("skynet.launch", skynet.launch, "harbor", "0")
  try("skynet.setenv", skynet.setenv, "key", "value")
  try("skynet.name", skynet.name, ".other", skynet.localname ".launcher")
  try("skynet.register", skynet.register, "GLOBAL")
  try("core.list", core.list)
  try("core.kill", core.kill, skynet.self())
end)
