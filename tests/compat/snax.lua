-- snax: posts, requests, errors, replaced methods.

local skynet = require "skynet"
local snax = require "skynet.snax"
local try = require "support".try

skynet.start(function()
  local echo = snax.newservice("snax_echo", "a", 1)
  print("type", echo.type, tostring(echo):match "^%[snax_echo:%x+%]$" ~= nil)
  print("echo", echo.req.echo(1, nil, "x"))
  echo.post.add(5)
  print("greet", echo.req.greet())
  try("raise", echo.req.raise)
  try("unknown post", function() echo.post.nothing() end)
  try("unknown request", function() echo.req.nothing() end)
  print("bind", snax.bind(echo.handle, "snax_echo") == echo)

  print("hotfix", snax.hotfix(echo, [[
    local count
    local text
    function accept.add(n) count = count + 10 * n end
    function response.greet() return "new " .. text .. " " .. count end
    function hotfix(...)
      local old = count
      count = 100
      return old, ...
    end
  ]], "argument"))
  echo.post.add(1)
  print("greet", echo.req.greet())
  try("hotfix of a missing method", snax.hotfix, echo, "function accept.missing() end")
  try("hotfix with an error", snax.hotfix, echo, "syntax error")

  local info = snax.profile_info(echo)
  print("profile", info.add.count, info.greet.count, math.type(info.echo.time))
  print("INFO", skynet.call(echo.handle, "debug", "INFO").echo.count)
  echo.post.quit("bye")
  while pcall(skynet.call, echo.handle, "debug", "PING") do skynet.sleep(1) end
  print("gone", (pcall(echo.req.echo)))

  local unique = snax.uniqueservice("snax_echo", "unique")
  print("unique", snax.uniqueservice "snax_echo" == unique, snax.queryservice "snax_echo" == unique)
  snax.kill(unique, "killed")
  try("missing", snax.newservice, "no_such_service")
end)
