-- expect: finished
-- A range that no stack holds is an error before anything is done.
assert(not pcall(table.unpack, {}, 1, 1 << 40))
assert(not pcall(table.unpack, {}, math.mininteger, math.maxinteger))
assert(not pcall(string.byte, ("x"):rep(2000000), 1, -1))
assert(not pcall(string.char, table.unpack({}, 1, 200000)))
print "held"
