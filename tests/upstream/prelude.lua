-- What Lua's own tests expect of their driver, all.lua, and of a few functions that the sandbox
-- hasn't. It stands in for nothing that a test looks at: what does is cut (lua_tests.py).

_port = true -- no test that depends on the platform
Message = function() end -- of tests left out because there's no internal test library

-- Tests stop the collector to save time, or to keep finalizers from a full stack.
local collectgarbage = collectgarbage
local tuning = { stop = 0, restart = 0, incremental = "incremental", generational = "incremental" }
function _G.collectgarbage(option, ...)
  return tuning[option] or (collectgarbage(option, ...)) -- no tail call: errors name the function
end

-- Marks the collector's progress on standard error.
package.preload.tracegc = function()
  return { start = function() end, stop = function() end }
end

---The caller's line, instead of debug.getinfo's.
function current_line()
  local _, place = pcall(error, "", 3)
  return tonumber(place:match ":(%d+):")
end

---Collects what a test would write to a file.
local pieces = {}
function write(...) for _, piece in ipairs { ... } do pieces[#pieces + 1] = piece end end
function written() return table.concat(pieces) end
