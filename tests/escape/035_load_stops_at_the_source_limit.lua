-- expect: finished; quota: source_bytes=4KiB
-- In one string, and by pieces that never end.
local pieces = 0
local chunk, problem = load(function()
  pieces = pieces + 1
  return "a=1 "
end)
assert(chunk == nil and problem:find "source_bytes" and pieces <= 4096 / 4 + 1)
chunk, problem = load(("a=1 "):rep(1025))
assert(chunk == nil and problem:find "source_bytes")
assert(load(("a=1 "):rep(1024)))
print "held"
