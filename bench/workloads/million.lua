-- million [COUNT]: so many timers pending at once, each with its own task; how fast they are made, and how much too
-- late they fire. They are due between 4 s and 9 s after their making, spread evenly.
local skynet = require "skynet"

local count = math.tointeger(tonumber((...) or 1000000))
local first, span = 400, 500 -- in 1/100 s

-- Lateness is counted in steps of 10 us up to 10 ms, and of 1 ms up to a minute.
local fine, coarse = 10000, 1000000
local fine_steps, steps = 1000, 61000
local function step_of(ns)
  if ns < 0 then return 0 end
  if ns < fine * fine_steps then return ns // fine end
  return math.min(steps, fine_steps - 10 + ns // coarse)
end
local function end_of(step)
  if step < fine_steps then return (step + 1) * fine end
  return (step - fine_steps + 11) * coarse
end

skynet.start(function()
  local late, worst, fired, me = {}, 0, 0, coroutine.running()
  local hpc, timeout = skynet.hpc, skynet.timeout
  for i = 0, steps do late[i] = 0 end
  local t = hpc()
  for i = 1, count do
    local delay = first + i % span
    local due = hpc() + delay * 10000000
    timeout(delay, function()
      local ns = hpc() - due
      local step = step_of(ns)
      late[step] = late[step] + 1
      if ns > worst then worst = ns end
      fired = fired + 1
      if fired == count then skynet.wakeup(me) end
    end)
  end
  local made = hpc() - t
  print(("timers_pending %d timers"):format(count - fired))
  print(("timers_make %.0f 1/s"):format(count / made * 1e9))
  skynet.wait(me)
  for _, percent in ipairs { 50, 99, 99.9 } do
    local seen, step = 0, -1
    repeat
      step = step + 1
      seen = seen + late[step]
    until seen >= count * percent / 100
    local name = ("%g"):format(percent):gsub("%.", "")
    print(("timers_late_p%s %.6g ms"):format(name, end_of(step) / 1e6))
  end
  print(("timers_late_max %.6g ms"):format(worst / 1e6))
  print "done"
end)
