-- main [NAME=SIZE]...: runs the named workloads, or all of them, each once, and prints a line
-- "name value unit" a figure, then "done". SIZE replaces the number of calls, messages, rounds, timers or services.
local skynet = require "skynet"

local function seconds(f, ...)
  local t = skynet.hpc()
  f(...)
  return (skynet.hpc() - t) / 1e9
end

local function parallel(n, f)
  local left, me = n, coroutine.running()
  for i = 1, n do
    skynet.fork(function()
      f(i)
      left = left - 1
      if left == 0 then skynet.wakeup(me) end
    end)
  end
  skynet.wait(me)
end

local function report(name, value, unit)
  print((value >= 1000 and "%s %.0f %s" or "%s %.6g %s"):format(name, value, unit))
end

local workloads = {}
local order = { "call_1", "call_32", "send_4_1", "fan_1_1000", "timers", "spin", "spawn", "spawn_real" }

function workloads.call_1(n)
  n = n or 200000
  local echo, caller = skynet.newservice "echo", skynet.newservice "caller"
  report("call_1", n / seconds(skynet.call, caller, "lua", echo, n), "1/s")
end

function workloads.call_32(n)
  local each = (n or 800000) // 32
  local pairs_ = {}
  for i = 1, 32 do pairs_[i] = { skynet.newservice "caller", skynet.newservice "echo" } end
  local t = seconds(parallel, 32, function(i) skynet.call(pairs_[i][1], "lua", pairs_[i][2], each) end)
  report("call_32", 32 * each / t, "1/s")
end

function workloads.send_4_1(n)
  local each = (n or 500000) // 4
  local sink, producers = skynet.newservice "sink", {}
  for i = 1, 4 do producers[i] = skynet.newservice "producer" end
  local t = seconds(function()
    for i = 1, 4 do skynet.send(producers[i], "lua", sink, each) end
    skynet.call(sink, "lua", "want", 4 * each)
  end)
  report("send_4_1", 4 * each / t, "1/s")
end

function workloads.fan_1_1000(rounds)
  rounds = rounds or 100
  local services = {}
  for i = 1, 1000 do services[i] = skynet.newservice "echo" end
  local t = seconds(function()
    for _ = 1, rounds do parallel(1000, function(i) skynet.call(services[i], "lua", i) end) end
  end)
  report("fan_1_1000", rounds * 1000 / t, "1/s")
end

function workloads.spawn(n)
  n = n or 2000
  report("spawn", n / seconds(function() for _ = 1, n do skynet.newservice "idle" end end), "1/s")
end

-- A service as one meets it: a room of a game, some 300 lines (room.lua).
function workloads.spawn_real(n)
  n = n or 1000
  report("spawn_real", n / seconds(function() for i = 1, n do skynet.newservice("room", i) end end), "1/s")
end

function workloads.timers(n)
  n = n or 200000
  local left, me = n, coroutine.running()
  local t = seconds(function()
    for i = 1, n do
      skynet.timeout(i % 100 + 1, function()
        left = left - 1
        if left == 0 then skynet.wakeup(me) end
      end)
    end
    skynet.wait(me)
  end)
  report("timers", (t - 1.0) * 1000, "ms")
end

function workloads.spin()
  local spin = skynet.newservice "spin"
  for _, row in ipairs(skynet.call(spin, "lua")) do report(row[1], row[2], "s") end
end

local chosen = { ... }
skynet.start(function()
  for _, argument in ipairs(#chosen > 0 and chosen or order) do
    local name, size = tostring(argument):match "^([%w_]+)=?(%d*)$"
    assert(workloads[name], "no such workload")(math.tointeger(tonumber(size)))
  end
  print "done"
end)
