-- expect: finished
-- A script may give itself another "skynet": the modules that travel in the program stay what they
-- are in every other service, the built-in ones above all.
local skynet = require "skynet"
local core = require "skynet.core"
skynet.start(function()
  package.loaded["skynet.core"] = nil
  package.preload["skynet.core"] = function() return { fake = true } end
  assert(require("skynet.core").fake)
  local fresh = core.spawn_function("fresh", function()
    assert(not require("skynet.core").fake)
    require("skynet").start(function() end)
  end)
  assert(fresh)
  assert(skynet.localname ".launcher")
  local ok, problem = pcall(skynet.call, ".launcher", "lua", "LIST")
  assert(not ok and not problem:find "fake")
  print "held"
  skynet.exit()
end)
