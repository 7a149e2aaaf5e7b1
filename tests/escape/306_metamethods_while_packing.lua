-- expect: finished; quota: message_bytes=64KiB
-- __pairs is honoured as Skynet does; it may not go on for ever, and what it packs itself stays out of the
-- message it is called for. No other metamethod is called.
local skynet = require "skynet"
local support = require "support"
local pack, unpack = skynet.pack, skynet.unpack
support.refused("message_bytes", pack, setmetatable({}, {
  __pairs = function() return function(_, k) return (k or 0) + 1, "x" end end,
}))
local refuse = function(what) return function() error("ESCAPED: " .. what .. " was called") end end
local loud = setmetatable({ 1, 2, 3 }, {
  __index = refuse "__index", __len = refuse "__len", __tostring = refuse "__tostring",
  __eq = refuse "__eq", __name = refuse "__name", __metatable = "hidden",
})
assert(#unpack(pack(loud)) == 3)
local nested = setmetatable({}, { __pairs = function()
  pack("inner", ("i"):rep(500), { 1, 2, 3 })
  return function(_, k)
    pack("more", k)
    if not k then return "key", "value" end
  end
end })
local before, table_, after = unpack(pack("before", nested, "after"))
assert(before == "before" and after == "after" and table_.key == "value")
assert(next(table_, "key") == nil, "ESCAPED: the inner packing is in the outer message")
support.refused("boom", pack, setmetatable({}, { __pairs = function() error "boom" end }))
support.refused("", pack, setmetatable({}, { __pairs = function() return 1 end }))
local changing = {}
for i = 1, 100 do changing[i + 0.5] = setmetatable({}, { __pairs = function()
  changing[i + 0.5] = nil
  changing["new" .. i] = i
  return next, {}
end }) end
pcall(pack, changing)
assert(select("#", unpack(pack(1, nil, 2))) == 3)
support.held()
