-- payload [BYTES=CALLS]...: what a call costs when the echoed string has so many bytes.
local skynet = require "skynet"

local sizes = { ... }
skynet.start(function()
  local echo = skynet.newservice "echo"
  for _, argument in ipairs(sizes) do
    local bytes, calls = tostring(argument):match "^(%d+)=(%d+)$"
    local text = ("x"):rep(math.tointeger(tonumber(bytes)))
    calls = math.tointeger(tonumber(calls))
    skynet.call(echo, "lua", text)
    local t = skynet.hpc()
    for _ = 1, calls do skynet.call(echo, "lua", text) end
    print(("payload_%s %.6g us"):format(bytes, (skynet.hpc() - t) / 1e3 / calls))
  end
  print "done"
end)
