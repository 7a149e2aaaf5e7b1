-- caller ECHO: calls ECHO 1000 times a second, each call in a task of its own, and counts what comes back.
local skynet = require "skynet"

local echo = math.tointeger(tonumber((...)))
local rate <const> = 1000
local made, answered, wrong = 0, 0, 0
local running = false

local function call(n)
  local ok, value = pcall(skynet.call, echo, "lua", n)
  if ok and value == n then
    answered = answered + 1
  else
    wrong = wrong + 1
    skynet.error("call failed:", n, ok, value)
  end
end

local function work()
  local start, first = skynet.hpc(), made
  while running do
    skynet.sleep(1)
    local wanted = first + (skynet.hpc() - start) * rate // 1000000000
    while made < wanted do
      made = made + 1
      skynet.fork(call, made)
    end
  end
end

skynet.start(function()
  skynet.dispatch("lua", function(_, _, command)
    if command == "go" then
      running = true
      skynet.fork(work)
    elseif command == "stop" then
      running = false
      skynet.sleep(3)
      -- What never comes back is for whoever asked to find in the numbers: this wait has an end.
      for _ = 1, 1000 do
        if answered + wrong >= made then break end
        skynet.sleep(1)
      end
    end
    skynet.retpack(made, answered, wrong)
  end)
end)
