-- expect: finished; quota: message_bytes=256KiB
-- A table in itself, a list nested a hundred thousand deep, a graph with 2^40 paths.
local pack = require("skynet").pack
local support = require "support"
local cycle = {}
cycle.self = { { cycle } }
support.refused("contains itself", pack, cycle)
local key = {}
key[key] = 1
support.refused("contains itself", pack, key)
local deep = {}
for _ = 1, 100000 do deep = { deep } end
support.refused("message_depth", pack, deep)
local paths = {}
for _ = 1, 30 do paths = { paths, paths } end
support.refused("message_bytes", pack, paths)
local within = {}
for _ = 1, 31 do within = { within } end
pack(within)
support.refused("message_depth", pack, { within })
support.held()
