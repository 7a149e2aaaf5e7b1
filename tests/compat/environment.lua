-- exec: --quota log_rate=1000/s
-- All that a script finds at first. What isn't here is refused: docs/compatibility.md says why.

local function show(prefix, t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local value = t[name]
    if type(value) == "table" and value ~= _G and prefix == "" then
      show(name .. ".", value)
      names[i] = nil
    end
  end
  local plain = {}
  for _, name in pairs(names) do plain[#plain + 1] = name end
  table.sort(plain)
  print((prefix == "" and "_G" or prefix:sub(1, -2)) .. ": " .. table.concat(plain, " "))
end

show("", _G)

-- Refused, though the function is there.
print(load "\27Lua")
print(pcall(collectgarbage, "generational"))
