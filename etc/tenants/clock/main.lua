-- Fifty services, called by timers: every 20 ms a call that goes through all of them, one after the
-- other, and every 100 ms one to each of them at once. How long the calls took, how late the timers
-- were, and whether a single message was lost or doubled, is said once a second.
local skynet = require "skynet"
local moonward = require "moonward"

local size = 50
local members = {}

-- Samples of the last second, in milliseconds.
local calls, lateness = {}, {}
local wrong, failed = 0, 0

local function timed(samples, f, ...)
  local before = skynet.hpc()
  local result = f(...)
  samples[#samples + 1] = (skynet.hpc() - before) / 1e6
  return result
end

-- half, 99 % and all of the samples are no greater than these three.
local function summary(samples)
  table.sort(samples)
  local count = #samples
  if count == 0 then
    return 0, 0, 0
  end
  return samples[math.ceil(count * 0.5)], samples[math.ceil(count * 0.99)], samples[count]
end

-- Calls f(number) every `period` seconds, one at a time, and notes how late it came to be called.
-- One that is still at work when the next is due makes that one wait: the delay counts.
local function every(period, f)
  skynet.fork(function()
    local due = moonward.now() + period
    local number = 0
    while true do
      local left = due - moonward.now()
      if left > 0 then
        moonward.sleep(left)
      end
      lateness[#lateness + 1] = math.max(0, (moonward.now() - due) * 1000)
      number = number + 1
      local ok, why = pcall(f, number)
      if not ok then
        failed = failed + 1
        skynet.error("a call failed: " .. tostring(why))
      end
      due = due + period
    end
  end)
end

local function once_round(number)
  local passed = timed(calls, skynet.call, members[1], "lua", "pass", number)
  if passed ~= size then
    wrong = wrong + 1
  end
end

local function all_at_once(number)
  local waiting = #members
  local done = {}
  for _, member in ipairs(members) do
    skynet.fork(function()
      local ok, got = pcall(timed, calls, skynet.call, member, "lua", "tick", number)
      if not ok then
        failed = failed + 1
      elseif got ~= number then
        wrong = wrong + 1
      end
      waiting = waiting - 1
      if waiting == 0 then
        skynet.wakeup(done)
      end
    end)
  end
  skynet.wait(done)
end

local function report()
  local missed = wrong
  for _, member in ipairs(members) do
    missed = missed + skynet.call(member, "lua", "wrong")
  end
  local half, most, longest = summary(calls)
  local _, _, latest = summary(lateness)
  print(string.format(
    "%d calls: half within %.2f ms, 99 %% within %.2f ms, longest %.2f ms; timers late by %.1f ms; %d lost",
    #calls, half, most, longest, latest, missed + failed))
  calls, lateness = {}, {}
end

skynet.start(function()
  for index = 1, size do
    members[index] = skynet.newservice("member")
  end
  for index = 1, size - 1 do
    skynet.call(members[index], "lua", "connect", members[index + 1])
  end
  every(0.02, once_round)
  every(0.1, all_at_once)
  moonward.every(1, report)
end)
