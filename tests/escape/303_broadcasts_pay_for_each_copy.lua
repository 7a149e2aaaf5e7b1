-- expect: finished; quota: tenant.memory=16MiB, mailbox_bytes=1GiB, message_bytes=4MiB, memory=8MiB
-- One string for many receivers is as many copies, each charged.
local skynet = require "skynet"
local core = require "skynet.core"
local moonward = require "moonward"
skynet.start(function()
  local payload = ("x"):rep(1 << 20)
  local failed = false
  for _ = 1, 64 do
    local ok, problem = pcall(skynet.rawsend, skynet.self(), "lua", payload)
    failed = failed or (not ok and problem:find "reached its cap" ~= nil)
    assert(moonward.usage().tenant.memory <= 16 << 20)
  end
  assert(failed, "ESCAPED: 64 MiB in 16")
  print "held"
  skynet.exit()
end)
