-- paced RATE WARM_UP SECONDS PORT [SCRIPT…]: so many calls a second to an echo service, whether earlier ones were
-- answered or not, and an echo server on PORT for a client outside. The scripts are started as neighbours.
--
-- A timer of 10 ms starts the calls that are due, each in a task of its own. `call` is the time from a call to its
-- answer, `wake` how much later than due the timer came back. Those of the warm-up are made, and not counted.
local skynet = require "skynet"
local percentiles = require "tenants.percentiles"

local rate, warm_up, seconds, port = ...
local neighbours = { select(5, ...) }
rate, warm_up, seconds = tonumber(rate), tonumber(warm_up), tonumber(seconds)
local answer_limit <const> = 2000 -- in 1/100 s: what isn't answered by then is lost

skynet.start(function()
  local echo = skynet.newservice "echo"
  skynet.newservice("tcp_echo", port)
  for _, script in ipairs(neighbours) do
    skynet.fork(skynet.newservice, script)
  end

  skynet.fork(function()
    local calls, wakes = {}, {}
    local made, answered, wrong = 0, 0, 0
    local start = skynet.hpc()
    local counted_from = start + math.tointeger(warm_up * 1000000000 // 1)
    local finish = counted_from + math.tointeger(seconds * 1000000000 // 1)

    local function call(n)
      local began = skynet.hpc()
      local ok, value = pcall(skynet.call, echo, "lua", n)
      local ended = skynet.hpc()
      if ok and value == n then
        answered = answered + 1
      else
        wrong = wrong + 1
      end
      if began >= counted_from then calls[#calls + 1] = ended - began end
    end

    local announced = false
    while true do
      local due = skynet.hpc() + 10000000
      skynet.sleep(1)
      local now = skynet.hpc()
      if now >= counted_from then
        wakes[#wakes + 1] = math.max(0, now - due)
        if not announced then print "counting" end
        announced = true
      end
      local wanted = (math.min(now, finish) - start) * rate // 1000000000
      while made < wanted do
        made = made + 1
        skynet.fork(call, made)
      end
      if now >= finish then break end
    end
    local waited = 0
    while answered + wrong < made and waited < answer_limit do
      skynet.sleep(1)
      waited = waited + 1
    end
    for name, list in pairs { call = calls, wake = wakes } do
      percentiles.report(name, list)
      print(("%s_max %.6g ms"):format(name, list[#list] / 1e6))
    end
    print(("calls_made %d calls"):format(made))
    print(("calls_lost %d calls"):format(made - answered))
    print "done"
  end)
end)
