local skynet = require "skynet"
print("loading", ...)
skynet.init(function() print "init of the module" end)
skynet.sleep(2)
return {}
