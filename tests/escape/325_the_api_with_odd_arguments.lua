-- expect: error came to the end; permit: all; quota: log_rate=1/s
-- Every function of every library, with odd values in every place: errors, and a service that still
-- works. Those that end the service, or wait, are called in a task that nobody waits for.
local skynet = require "skynet"
require "skynet.manager"
local values = {
  false, 0, -1, 0 / 0, 1e308, math.mininteger, "", ("x"):rep(5000), {}, print, coroutine.create(print),
  setmetatable({}, { __index = error, __len = error, __tostring = error, __name = "moonward.timer",
    __pairs = error, __call = error }), ":1", ".launcher",
}
local ends = { exit = true, abort = true, kill = true, term = true, set_memory_limit = true,
  set_filter = true, filter = true, killthread = true, abandon = true, init_service = true, forward_type = true }
local names = {}
for name in pairs(package.loaded) do names[#names + 1] = name end
for _, name in ipairs { "skynet.core", "skynet.socket", "moonward", "skynet.queue", "skynet.debug",
  "skynet.coroutine", "skynet.profile", "skynet.service", "skynet.snax", "skynet.socketchannel",
  "skynet.codecache", "skynet.inject" } do
  if pcall(require, name) then names[#names + 1] = name end
end
table.sort(names)
local calls = 0
local function attack(f)
  for i = 1, #values do
    for j = 1, #values do
      calls = calls + 1
      pcall(f, values[i], values[j], values[(i + j) % #values + 1], values[i * j % #values + 1])
    end
  end
  pcall(f)
  pcall(f, table.unpack({}, 1, 250))
end
skynet.start(function()
  local waiting = 0
  for _, name in ipairs(names) do
    local library = package.loaded[name]
    if type(library) == "table" and name ~= "_G" and name ~= "support" then
      for key, f in pairs(library) do
        if type(f) == "function" and not ends[key] then
          waiting = waiting + 1
          skynet.fork(attack, f)
        end
      end
    end
  end
  assert(waiting > 150, waiting)
  while calls < 10000 do skynet.sleep(1) end
  skynet.sleep(10)
  local ok, problem = pcall(skynet.call, skynet.self(), "lua")
  assert(ok or type(problem) == "string")
  assert(#skynet.pack(("x"):rep(100)) > 100 and skynet.self() > 0)
  error("came to the end", 0)
end)
