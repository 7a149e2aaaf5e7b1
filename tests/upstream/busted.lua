-- The part of busted (https://lunarmodules.github.io/busted/) that the specs of the libraries use:
-- describe, it, before_each, and assertions. `run(names)` runs specs and prints counts.

local busted = {}

local hooks, path, passed, failed = {}, {}, 0, 0

local function name() return table.concat(path, " ") end

function _G.describe(what, body)
  path[#path + 1] = what
  hooks[#hooks + 1] = {}
  body()
  hooks[#hooks] = nil
  path[#path] = nil
end
_G.context = describe

function _G.before_each(hook) table.insert(hooks[#hooks], hook) end

function _G.it(what, body)
  path[#path + 1] = what
  local ok, problem = xpcall(function()
    for _, level in ipairs(hooks) do
      for _, hook in ipairs(level) do hook() end
    end
    body()
  end, debug.traceback)
  if ok then
    passed = passed + 1
  else
    failed = failed + 1
    print("FAILED", name(), problem)
  end
  path[#path] = nil
end

local function same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function check(ok, text, ...)
  if not ok then error(text:format(...), 3) end
end

local plain_assert = assert
local checks = {}
function checks.equal(a, b) check(a == b, "expected %s, got %s", a, b) end
function checks.same(a, b) check(same(a, b), "expected the same as %s, got %s", a, b) end
function checks.is_true(a) check(a == true, "expected true, got %s", a) end
function checks.is_false(a) check(a == false, "expected false, got %s", a) end
function checks.is_nil(a) check(a == nil, "expected nil, got %s", a) end
function checks.is_falsy(a) check(not a, "expected false or nil, got %s", a) end
function checks.not_table(a) check(type(a) ~= "table", "expected no table") end
function checks.error(f) check(not pcall(f), "expected an error") end
checks.are = checks
_G.assert = setmetatable(checks, { __call = function(_, ...) return plain_assert(...) end })

busted.describe, busted.it, busted.before_each, busted.assert = describe, it, before_each, assert

---Runs specs, modules by name, and prints how many tests passed; an error when some didn't.
function busted.run(names)
  for _, spec in ipairs(names) do require(spec) end
  print(passed .. " passed, " .. failed .. " failed")
  if failed > 0 then error("specs failed", 0) end
end

return busted
