-- A runaway: never gives up its core by itself.
local skynet = require "skynet"
skynet.start(function()
  while true do end
end)
