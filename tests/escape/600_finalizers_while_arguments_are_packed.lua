-- expect: finished; quota: memory=32MiB; absent: INJECTED; permit: kill
-- A finalizer that packs while spawn_function packs its arguments must not write over the function's code
-- that lies before them: what it wrote was loaded as bytecode by the new service.
local skynet = require "skynet"
local core = require "skynet.core"
require "skynet.manager"
-- print "INJECTED", compiled by a stock 5.4 and stripped
local code = "\x1b\x4c\x75\x61\x54\x00\x19\x93\x0d\x0a\x1a\x0a\x04\x08\x08\x78\x56\x00\x00\x00\x00\x00"
  .. "\x00\x00\x00\x00\x00\x00\x28\x77\x40\x01\x80\x80\x80\x00\x01\x02\x85\x51\x00\x00\x00\x0b"
  .. "\x00\x00\x00\x83\x80\x00\x00\x44\x00\x02\x01\x46\x00\x01\x01\x82\x04\x86\x70\x72\x69\x6e"
  .. "\x74\x04\x89\x49\x4e\x4a\x45\x43\x54\x45\x44\x81\x01\x00\x00\x80\x80\x80\x80\x80"
local forged = "\0\0" .. code .. ("\0"):rep(253 - #code)
local packing, runs = false, 0
local filler = ("f"):rep(3000)
local function garbage()
  setmetatable({}, { __gc = function()
    if not packing then return end
    runs = runs + 1
    skynet.pack(forged, filler)
  end })
end
skynet.start(function()
  local unpack = table.unpack
  local big = {}
  for i = 1, 180000 do big[i] = i end
  big[1] = nil -- so that unpack, as an iterator, ends at once and leaves a grown stack behind
  for i = 1, 12 do
    local arguments = { setmetatable({}, { __pairs = function()
      packing = true
      return unpack, big, nil
    end }) }
    for k = 2, 60 do arguments[k] = setmetatable({}, {}) end
    arguments[61] = ("\0"):rep(70000)
    for _ = 1, 20 do garbage() end
    local ok, child = pcall(core.spawn_function, "child" .. i, function(...)
      assert(select("#", ...) == 61 and #select(61, ...) == 70000)
      require("skynet").start(function() end)
    end, unpack(arguments))
    packing = false
    assert(ok, child)
    skynet.kill(child)
  end
  assert(runs > 0)
  print "held"
  skynet.exit()
end)
