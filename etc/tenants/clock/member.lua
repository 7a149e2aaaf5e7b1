-- One of the ring. It answers numbered calls, and notices when one is missing or comes twice.
local skynet = require "skynet"

local after  -- the next member; nothing at the end of the ring
local expected = { pass = 1, tick = 1 }
local wrong = 0

local function check(kind, number)
  if number ~= expected[kind] then
    wrong = wrong + 1
  end
  expected[kind] = number + 1
end

local commands = {}

function commands.connect(address)
  after = address
end

-- Goes all the way round: each member calls the next one and answers when that has.
function commands.pass(number)
  check("pass", number)
  if not after then
    return 1
  end
  return 1 + skynet.call(after, "lua", "pass", number)
end

function commands.tick(number)
  check("tick", number)
  return number
end

function commands.wrong()
  return wrong
end

skynet.start(function()
  skynet.dispatch("lua", function(_, _, command, ...)
    skynet.retpack(commands[command](...))
  end)
end)
