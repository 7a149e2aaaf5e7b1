-- http.url: the path decoded, the query in its parts.

local url = require "http.url"

local function show(value)
  if type(value) ~= "table" then return ("%q"):format(value) end
  local all = {}
  for i, v in ipairs(value) do all[i] = show(v) end
  return "{" .. table.concat(all, ", ") .. "}"
end

local function show_query(query)
  local parts = {}
  for name, value in pairs(url.parse_query(query)) do
    parts[#parts + 1] = show(name) .. "=" .. show(value)
  end
  table.sort(parts)
  print(show(query), table.concat(parts, " "))
end

for _, text in ipairs { "/", "", "/a%20b+c?d=e+f", "/%41%zz%4", "?", "/a?b?c", "/\xC3\xA4%C3%A4" } do
  local path, query = url.parse(text)
  print(show(text), show(path), show(query))
end

show_query ""
show_query "a=1"
show_query "a=1&b=2&a=3&a=4"
show_query "a%20b=c%3Dd&e+f=g=h&i="
show_query "a&=b&&c=d&"
show_query "%41=%zz"

-- Which of its names the function is called by is chance.
print((select(2, pcall(url.parse)):gsub("'.-'", "it")))
print((select(2, pcall(url.parse_query, {})):gsub("'.-'", "it")))
