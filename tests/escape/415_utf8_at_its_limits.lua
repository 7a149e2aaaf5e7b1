-- expect: finished
-- Stray continuation bytes, lead bytes of seven, cut sequences: an error or nil, no shift beyond the word.
assert(not pcall(function() for _ in utf8.codes "ab\x80\x80z" do end end))
for _, text in ipairs { "\xff\x8f\x8f\x8f\x8f\x8f\x8f\x8f", "\xfe\xbf\xbf\xbf\xbf\xbf\xbf", "\xf8", "\xc0\x80", "\xed\xa0\x80" } do
  assert(utf8.len(text) == nil)
  utf8.len(text, 1, -1, true)
  pcall(utf8.codepoint, text, 1, -1, true)
  pcall(utf8.offset, text, -1)
end
for _, bad in ipairs { 1 << 31, -1, math.maxinteger, math.mininteger } do assert(not pcall(utf8.char, bad)) end
assert(not pcall(utf8.len, "abc", 1 << 40) and not pcall(utf8.offset, "abc", 1, 1 << 40))
print "held"
