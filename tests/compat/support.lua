-- What the scripts of this folder share.

local support = {}

---An error's text without the place where it was raised.
---@param problem any
---@return string
function support.text(problem)
  return (tostring(problem):gsub("\nstack traceback:.*", ""):gsub("^[%w_./]+:%d+: ", ""))
end

---Prints a label, whether f succeeded, and what it returned or raised.
---@param label string
---@param f function
---@param ... any
function support.try(label, f, ...)
  local function show(ok, ...)
    if ok then print(label, true, ...) else print(label, false, support.text((...))) end
  end
  show(pcall(f, ...))
end

return support
