-- http.url: the parts of a URL.
--
--     local path, query = url.parse "/find%20it?name=a+b&name=c"   --> "/find it", "name=a+b&name=c"
--     url.parse_query(query)                                       --> { name = { "a b", "c" } }
--
-- Rules: "+" is a space and "%41" is "A"; what looks like neither stays as it is.

local core = require "http.core"

---@class http.url
local url = {}

---The path, decoded, and the query, not decoded; "" when there's none.
---@type fun(url: string): string, string
url.parse = core.parse_url

---The decoded names and values of a query. The values of a repeated name are a list.
---@type fun(query: string): table<string, string|string[]>
url.parse_query = core.parse_query

return url
