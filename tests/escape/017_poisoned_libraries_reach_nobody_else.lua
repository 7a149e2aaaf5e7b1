-- expect: finished
-- Library tables are copies of this state: another service has stock ones, whatever is done here,
-- also to the tables of the script API.
local skynet = require "skynet"
local core = require "skynet.core"
local spawn = core.spawn_function

skynet.start(function()
  for _, library in ipairs { string, table, math, utf8, coroutine, os, skynet, core, moonward } do
    for key in pairs(library) do
      if library ~= skynet and library ~= core then library[key] = error end
    end
  end
  tostring, type, pairs, ipairs, assert, pcall = error, error, error, error, error, error
  local child = spawn("victim", function()
    local skynet = require "skynet"
    skynet.start(function()
      skynet.dispatch("lua", function()
        skynet.retpack(math.floor(1.5), table.concat { "a", "b" }, tostring(1), type(1))
      end)
    end)
  end)
  local floor, joined, text, kind = skynet.call(child, "lua")
  if floor ~= 1 or joined ~= "ab" or text ~= "1" or kind ~= "number" then
    print "ESCAPED: the other service runs our functions"
  else
    print "held"
  end
  skynet.exit()
end)
