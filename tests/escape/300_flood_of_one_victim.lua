-- expect: finished; quota: mailbox_messages=100
-- The sender is told, at mailbox_messages; what is full takes answers and timers still.
local skynet = require "skynet"
local moonward = require "moonward"
skynet.start(function()
  local got = 0
  skynet.dispatch("lua", function(session)
    got = got + 1
    if session ~= 0 then skynet.ret() end
  end)
  local sent, refused = 0, 0
  for _ = 1, 10000 do
    if skynet.send(skynet.self(), "lua") then sent = sent + 1 else refused = refused + 1 end
  end
  assert(sent <= 100 and sent >= 99 and refused == 10000 - sent, sent)
  assert(moonward.usage().mailbox_messages <= 100)
  local ok, problem = pcall(skynet.call, skynet.self(), "lua")
  assert(not ok and problem:find "mailbox full")
  skynet.sleep(1)
  assert(got == sent)
  print "held"
  skynet.exit()
end)
