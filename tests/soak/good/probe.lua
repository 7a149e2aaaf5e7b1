local skynet = require "skynet"
skynet.start(function()
  skynet.dispatch("lua", function()
    skynet.retpack(require "version")
    skynet.exit()
  end)
end)
