local skynet = require "skynet"

local last = 0

skynet.start(function()
  skynet.dispatch("lua", function(_, _, command, n)
    if command == "echo" then
      skynet.retpack(n)
    elseif command == "count" then
      if n ~= last + 1 then error("LOST: after " .. last .. " came " .. n) end
      last = n
    else
      skynet.retpack(last)
    end
  end)
end)
