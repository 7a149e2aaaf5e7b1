-- expect: finished
-- Bytecode can't be had either: no dump, and no disassembly through a library.
assert(string.dump == nil and ("").dump == nil)
for name, library in pairs(package.loaded) do
  if type(library) == "table" then
    assert(rawget(library, "dump") == nil, name)
    assert(rawget(library, "getinfo") == nil, name)
  end
end
print "held"
