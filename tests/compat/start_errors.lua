-- What newservice returns or raises, by how the start of the service goes.

local skynet = require "skynet"
local try = require "support".try

local mode = ...

if mode == "arguments" then
  print(select("#", ...), ...)
elseif mode == "chunk" then
  error("in the chunk", 0)
elseif mode == "start" then
  skynet.start(function()
    skynet.sleep(1)
    error("in the start", 0)
  end)
elseif mode == "init" then
  skynet.init(function() print "init 1" end)
  skynet.init(function()
    skynet.sleep(1)
    print "init 2"
  end)
  skynet.start(function() print "start" end)
elseif mode == "exit" then
  skynet.start(skynet.exit)
elseif mode == "no" then
  skynet.dispatch("lua", function() skynet.retpack "answers" end)
elseif mode == "early" then
  -- A request that comes before the start has ended is served.
  skynet.dispatch("lua", function() skynet.retpack "early answer" end)
  skynet.start(function()
    print("own call", skynet.call(skynet.self(), "lua"))
  end)
else
  skynet.start(function()
    print("arguments", skynet.newservice(SERVICE_NAME, "arguments", 1, nil, true, "two words") ~= nil)
    try("missing", skynet.newservice, "no_such_service")
    try("chunk", skynet.newservice, SERVICE_NAME, "chunk")
    try("start", skynet.newservice, SERVICE_NAME, "start")
    try("init", function() return skynet.newservice(SERVICE_NAME, "init") ~= nil end)
    try("exit", skynet.newservice, SERVICE_NAME, "exit")
    local plain = skynet.newservice(SERVICE_NAME, "no", "start")
    print("no start", plain ~= nil)
    skynet.newservice(SERVICE_NAME, "early")
    try("start twice", skynet.start, function() end)
  end)
end
