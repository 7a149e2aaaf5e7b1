-- expect: finished; quota: tenant.memory=24MiB, mailbox_bytes=1GiB, mailbox_messages=1000000
-- Copies in mailboxes are in nobody's heap: they are charged to the tenant, and sending fails.
local skynet = require "skynet"
local moonward = require "moonward"
skynet.start(function()
  skynet.dispatch("lua", function() end)
  local payload = ("m"):rep(1 << 19)
  local sent, ok, result = 0, true, 0
  while ok and sent < 200 do
    ok, result = pcall(skynet.send, skynet.self(), "lua", payload)
    if ok then
      assert(result == 0)
      sent = sent + 1
    end
  end
  assert(not ok and result:find "reached its cap", "ESCAPED: all were sent")
  assert(sent < 48 and moonward.usage().tenant.memory <= 24 << 20)
  assert(moonward.usage().mailbox_bytes >= sent << 19)
  print "held"
  skynet.exit()
end)
