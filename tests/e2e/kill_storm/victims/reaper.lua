-- Starts victims and kills each at a random instant: while it runs, while it waits for its turn, or
-- before it has begun. Arguments: how many, and the seed.
local skynet = require "skynet"
local plan = require "plan"
require "skynet.manager"

local count, seed = ...
math.randomseed(tonumber(seed))

local function spin(ns)
  local till = skynet.hpc() + ns
  while skynet.hpc() < till do end
end

local BATCH <const> = 2

-- Waits for a victim's answer, which never comes: it must be told of the end instead.
local waiting = 0
local function wait_for_answer(victim)
  waiting = waiting + 1
  skynet.fork(function()
    if not pcall(skynet.call, victim, "lua") then waiting = waiting - 1 end
  end)
end

local function storm()
  local killed = 0
  while killed < tonumber(count) do
    local victims = {}
    for i = 1, BATCH do
      victims[i] = skynet.newservice("victim", math.random(plan.endless_calls and 14 or 12))
      if math.random(8) == 1 then wait_for_answer(victims[i]) end
    end
    for i = 1, BATCH do
      if math.random(2) == 1 then skynet.yield() else spin(math.random(0, 400000)) end
      if skynet.kill(victims[i]) then killed = killed + 1 end
    end
  end
  while waiting > 0 do skynet.sleep(1) end
  print("storm over", killed)
end

skynet.start(function() skynet.fork(storm) end)
