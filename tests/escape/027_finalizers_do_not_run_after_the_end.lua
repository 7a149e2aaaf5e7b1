-- expect: finished; absent: after the end
-- The heap of a service that has ended is dropped: nothing of its script runs any more.
keep = setmetatable({}, { __gc = function() while true do print "after the end" end end })
print "held"
