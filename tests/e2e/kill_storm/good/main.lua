-- Pairs of services that exchange numbered messages, by call and by send, and check every number.
local skynet = require "skynet"
local moonward = require "moonward"

local exchanged = 0

local function by_call(echo)
  for n = 1, math.huge do
    assert(skynet.call(echo, "lua", "echo", n) == n, "a call was answered with another's number")
    exchanged = exchanged + 1
  end
end

local function by_send(counter)
  for n = 1, math.huge do
    while skynet.send(counter, "lua", "count", n) == false do skynet.sleep(1) end
    if n % 500 == 0 then
      assert(skynet.call(counter, "lua", "seen") == n, "a message was lost or doubled")
      exchanged = exchanged + 500
    end
  end
end

skynet.start(function()
  for _ = 1, 2 do
    skynet.fork(by_call, skynet.newservice "partner")
    skynet.fork(by_send, skynet.newservice "partner")
  end
  moonward.every(0.5, function() print("exchanged", exchanged) end)
end)
