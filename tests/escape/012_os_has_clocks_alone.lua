-- expect: finished
-- Of os, what tells the time: nothing that starts, ends, renames, removes or reads the environment.
local allowed = { time = true, clock = true, date = true, difftime = true }
for key in pairs(os) do
  assert(allowed[key], "ESCAPED: os." .. key)
end
for _, key in ipairs { "execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname" } do
  assert(os[key] == nil, "ESCAPED: os." .. key)
end
print "held"
