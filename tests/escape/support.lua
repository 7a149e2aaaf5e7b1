-- What the attacks share.

local support = {}

---Asserts that f raises an error which has the text.
---@param text string
---@param f function
---@param ... any
function support.refused(text, f, ...)
  local ok, problem = pcall(f, ...)
  if ok then error("ESCAPED: not refused with: " .. text, 2) end
  if not tostring(problem):find(text, 1, true) then
    error("refused with other words: " .. tostring(problem), 2)
  end
end

---The last thing that an attack says: every door it tried was closed.
function support.held()
  print "held"
end

return support
