-- skynet.service: services made of a function, one of a name in the tenant.

local service = require "skynet.service"
local skynet = require "skynet"
local try = require "support".try

local mode, name = ...

local function counter(...)
  local skynet = require "skynet"
  print("main", ...)
  local count = 0
  skynet.dispatch("lua", function(_, _, command)
    if command == "exit" then skynet.exit() end
    count = count + 1
    skynet.retpack(count)
  end)
end

local function broken() error("broken on purpose", 0) end

if mode == "user" then
  skynet.start(function()
    print("from another service", skynet.call(service.query(name), "lua"))
  end)
  return
end

skynet.start(function()
  local address = service.new("counter", counter, 1, nil, { "table" } and "text with spaces", 2.5)
  print("same", service.new("counter", counter) == address, service.query "counter" == address)
  print("count", skynet.call(address, "lua"))
  skynet.newservice(SERVICE_NAME, "user", "counter")
  print("count", skynet.call(address, "lua"))

  local answered
  skynet.fork(function()
    print("query waits", service.query "late" ~= nil)
    answered = true
  end)
  skynet.yield()
  service.new("late", counter, "late")
  while not answered do skynet.sleep(1) end

  -- Two at once: one service.
  local addresses = {}
  for i = 1, 2 do
    skynet.fork(function() addresses[i] = service.new("twins", counter, "twins") end)
  end
  while not (addresses[1] and addresses[2]) do skynet.sleep(1) end
  print("twins", addresses[1] ~= nil, addresses[1] == addresses[2])

  try("fails", service.new, "broken", broken)
  try("failure is remembered", service.new, "broken", counter)
  try("failure is remembered", service.query, "broken")
  local captured = 1
  try("upvalue", service.new, "upvalue", function() return captured end)
  try("native", service.new, "native", print)

  print("close", service.close "counter", service.close "counter", service.close "never")
  print("closed", (pcall(skynet.call, address, "lua")))
  print("new again", skynet.call(service.new("counter", counter), "lua"))
end)
