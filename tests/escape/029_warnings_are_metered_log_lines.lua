-- expect: error to the end; quota: log_rate=20/s; stderr: Lua warning: flood
-- warn writes through the log, with its rate limit, its cut and its escapes; "@on" and "@off" are
-- the script's own business.
warn "@on"
for i = 1, 20000 do warn("flood ", ("x"):rep(20), i) end
warn("\27[2J", ("y"):rep(1000000), "\r\n")
warn "@off"
collectgarbage()
error("warned to the end", 0)
