-- expect: finished
-- Chunk names are relative to the bundle, of the tenant's modules and of those in the program.
local skynet = require "skynet"
local function paths(text)
  assert(not text:find("/tmp", 1, true) and not text:find("/home", 1, true) and not text:find("[(@\t ]/"), text)
end
paths(debug.traceback())
paths(select(2, pcall(require, "absent.module")))
paths(select(2, pcall(require("support").refused, "x", print)))
paths(SERVICE_PATH)
paths(select(2, xpcall(skynet.call, debug.traceback, 1, "lua")))
paths(package.path .. package.cpath)
assert(not SERVICE_PATH:find "^/" and skynet.getenv "PATH" == nil and skynet.getenv "HOME" == nil)
print "held"
