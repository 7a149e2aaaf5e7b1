-- skynet.uniqueservice: one of a name; a failure is remembered.

local skynet = require "skynet"
local try = require "support".try

local mode, argument = ...

if mode == "broken" then error("broken on purpose", 0) end
if mode == "quits" then
  skynet.start(function() skynet.exit() end)
  return
end
if mode == "unique" then
  print("started with", argument)
  skynet.start(function()
    skynet.sleep(2)
    print "ready"
  end)
  return
end

skynet.start(function()
  skynet.fork(function()
    print("query waits", skynet.queryservice(SERVICE_NAME) ~= nil)
  end)
  skynet.yield()
  local addresses = {}
  for i = 1, 2 do
    skynet.fork(function()
      addresses[i] = skynet.uniqueservice(SERVICE_NAME, "unique", i)
      print("got it", i)
    end)
  end
  while not (addresses[1] and addresses[2]) do skynet.sleep(1) end
  print("same", addresses[1] ~= nil, addresses[1] == addresses[2])
  print("same", skynet.uniqueservice(SERVICE_NAME, "broken") == addresses[1])
  print("network", skynet.uniqueservice(true, SERVICE_NAME, "unique", "net") ~= addresses[1])
  print("network", skynet.queryservice(true, SERVICE_NAME) ~= addresses[1])

  try("missing", skynet.uniqueservice, "no_such_service")
  try("remembered", skynet.uniqueservice, "no_such_service")
  try("remembered", skynet.queryservice, "no_such_service")
end)
