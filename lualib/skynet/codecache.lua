-- skynet.codecache: the classic switches of the code cache, harmless here.
--
-- Rules: the host caches compiled chunks by their content, within one tenant, and drops them with
-- the bundle they came from. There's nothing to clear, and no mode that could serve old code.

local core = require "skynet.core"

local codecache = {}

local modes = { ON = true, OFF = true, EXIST = true }
local current = "ON"

---Does nothing: a reload of the tenant's bundle brings new code by itself.
function codecache.clear() end

---Remembers the mode, which changes nothing.
---@param mode? "ON"|"OFF"|"EXIST"
---@return string current
function codecache.mode(mode)
  if mode ~= nil then
    assert(modes[mode], "codecache.mode: ON, OFF or EXIST expected")
    current = mode
  end
  return current
end

---Compiles a file of the tenant's bundle; as loadfile.
---@param path string relative to the bundle
---@param _mode? string text chunks alone are loaded
---@param env? table
---@return function? chunk
---@return string? problem
function codecache.loadfile(path, _mode, env)
  local text, name = core.source("file", path)
  if not text then return nil, "cannot open " .. path end
  return load(text, "@" .. name, "t", env or _G)
end

return codecache
