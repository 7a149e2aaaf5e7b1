-- Keeps values by their keys, at most so many: what clients send must not fill the heap.
local skynet = require "skynet"

local most_keys = 1000
local values, count = {}, 0

local commands = {}

function commands.get(key)
  return values[key]
end

function commands.set(key, value)
  if values[key] == nil then
    if count >= most_keys then
      return false, "too many keys"
    end
    count = count + 1
  end
  values[key] = value
  return true
end

function commands.count()
  return count
end

skynet.start(function()
  skynet.dispatch("lua", function(_, _, command, ...)
    skynet.retpack(commands[command](...))
  end)
end)
