-- require: modules that wait, that need each other, that fail; and what they hand to skynet.init.

local skynet = require "skynet"
local text = require "support".text

local main_init = false
skynet.init(function() main_init = true end)

skynet.start(function()
  print("init before start", main_init)

  -- Required by two tasks at once: loaded once.
  local results = {}
  for i = 1, 2 do
    skynet.fork(function() results[i] = require "modules.slow" end)
  end
  while not (results[1] and results[2]) do skynet.sleep(1) end
  print("slow", results[1] ~= nil, results[1] == results[2])

  local ok, problem = pcall(require, "modules.circular_a")
  print("circular", ok, problem:find("circular dependency", 1, true) ~= nil)

  ok, problem = pcall(require, "modules.missing")
  print("missing", ok, (text(problem):match "^[^\n]*"))
  ok, problem = pcall(require, "modules.broken")
  print("broken", ok, text(problem))
  ok, problem = pcall(require, "modules.broken")
  print("broken again", ok, text(problem))

  print("preload", (function()
    package.preload["made.up"] = function(name, where) return name .. " " .. where end
    return require "made.up"
  end)())
  print("value", require "modules.nothing", package.loaded["modules.nothing"])
  local second = select(2, require "modules.slow")
  print("again", second)
  print("names", require "skynet.require".require == require)
end)
