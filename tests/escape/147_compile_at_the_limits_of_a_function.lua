-- expect: finished
-- 200 locals, 255 registers and upvalues: clean errors beyond.
local function refused(source, text)
  local chunk, problem = load(source)
  assert(chunk == nil and problem:find(text, 1, true), problem)
end
refused(("local a "):rep(300), "too many local variables")
refused("local " .. ("a,"):rep(300) .. "a", "too many local variables")
refused("f(" .. ("a,"):rep(300) .. "a)", "too many registers")
refused("return " .. ("a,"):rep(300) .. "a", "too many registers")
local locals, uses = {}, {}
for i = 1, 2 do
  for j = 1, 150 do
    locals[#locals + 1] = (j == 1 and (i == 2 and "return function() " or "") or "") .. "local v" .. i .. "_" .. j
    uses[#uses + 1] = "v" .. i .. "_" .. j
  end
end
refused(table.concat(locals, " ") .. " return function() return f(" .. table.concat(uses, ")+f(") .. ") end end", "upvalues")
assert(load("local t = {" .. ("f(),"):rep(70000) .. "}"))
assert(load("return {" .. ("nil,"):rep(200000) .. "}"))
print "held"
