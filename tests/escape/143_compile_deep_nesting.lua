-- expect: finished
-- Blocks, functions, parentheses, tables, operators: the compiler's depth ends in an error.
for _, pair in ipairs {
  { "do ", "end " }, { "while x do ", "end " }, { "if x then ", "end " }, { "repeat ", "until x " },
  { "for i=1,2 do ", "end " }, { "local function f() ", "end " }, { "x = (", ")" }, { "x = {", "}" },
  { "x = -", "" }, { "x = not ", "" }, { "x = 2^", "" }, { "x = a..", "" }, { "x.y = function() ", "end " },
  { "f(", ")" }, { "f{", "}" }, { "x[", "]" }, { "goto a; do ", "end " },
} do
  local chunk, problem = load(pair[1]:rep(30000) .. pair[2]:rep(30000))
  assert(chunk == nil and #problem < 1000, pair[1])
end
print "held"
