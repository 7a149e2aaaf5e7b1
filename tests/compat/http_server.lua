-- http.httpd with functions of the script's own: what is read of any text, and what is written.

local httpd = require "http.httpd"
local support = require "support"

-- A reader that gives the text in pieces of a size, as a socket would.
local function reader(text, piece)
  local at = 1
  return function(size)
    if at > #text then error "the end" end
    local part = text:sub(at, at + math.min(size or piece, #text) - 1)
    if not size then part = part:sub(1, piece) end
    at = at + #part
    return part
  end
end

local function show_request(label, read, limit)
  local code, url, method, header, body = httpd.read_request(read, limit)
  if code ~= 200 then return print(label, code, code and "" or support.text(url)) end
  local fields = {}
  for name, value in pairs(header) do
    fields[#fields + 1] = name .. "=" .. (type(value) == "table" and table.concat(value, "|") or value)
  end
  table.sort(fields)
  print(label, code, method, url, table.concat(fields, " "), ("%q"):format(body))
end

local two = "POST /one?x HTTP/1.1\r\nA: 1\r\nb: 2\r\nA: 3\r\nContent-Length: 5\r\n\r\nhello"
  .. "POST /two HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nC: 4\r\n\r\n"

for _, piece in ipairs { 1, 7, 1000 } do
  local read = reader(two, piece)
  show_request("first", read)
  show_request("second", read)
  show_request("end", read)
end

show_request("limit", reader("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 9), 4)
show_request("chunks", reader("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 9), 4)
show_request("coding", reader("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 9))
show_request("version", reader("GET / HTTP/3.0\r\n\r\n", 9))
show_request("nonsense", reader("\0\1\2\r\n\r\n", 9))
show_request("no end", reader(("x"):rep(9000), 100))

-- What was written, with each call apart.
local function show_response(label, ...)
  local calls = {}
  local ok, err = httpd.write_response(function(text) calls[#calls + 1] = ("%q"):format(text) end, ...)
  print(label, ok, ok and "" or (support.text(err):gsub("[\r\n]+", "|")))
  for _, call in ipairs(calls) do print("", (call:gsub("\\13\\\n", "|"))) end
end

local function counter(n)
  return function()
    n = n - 1
    if n >= 0 then return ("x"):rep(n) end
  end
end

show_response("text", 200, "hello")
show_response("nothing", 204)
show_response("unknown code", 799, "")
show_response("function", 200, counter(3))
show_response("fields", 200, "", { ["X-One"] = { "a", "b" } })
show_response("number", 200, "", { ["X-Number"] = 12 })
show_response("boolean", 200, "", { ["X-Boolean"] = true })
show_response("its own length", 200, "abc", { ["Content-Length"] = 3 })
show_response("a length without a body", 200, nil, { ["Content-Length"] = "12" })
show_response("another length", 200, "abc", { ["Content-Length"] = 4 })
show_response("a coding of a text", 200, "abc", { ["Transfer-Encoding"] = "chunked" })
show_response("another coding", 200, nil, { ["Transfer-Encoding"] = "gzip" })
show_response("line feed", 200, "", { ["X-Evil"] = "a\nSet-Cookie: b" })
show_response("carriage return in a list", 200, "", { ["X-Evil"] = { "a", "b\r" } })
show_response("NUL", 200, "", { ["X-Evil"] = "a\0" })
show_response("bad name", 200, "", { ["X Evil"] = "a" })
show_response("name with a line feed", 200, "", { ["X-Evil\r\nA"] = "a" })
show_response("a table in a list", 200, "", { ["X-Evil"] = { {} } })
show_response("name of another type", 200, "", { "a" })
show_response("bad code", "x")
show_response("code out of bounds", 20, "")
show_response("bad body", 200, {})

print(httpd.write_response(function() error("full", 0) end, 200, "x"))

-- Many fields, more than fit into the usual room.
local long = {}
for i = 1, 100 do long["x-" .. i] = ("v"):rep(100) end
local size = 0
httpd.write_response(function(text) size = size + #text end, 200, ("b"):rep(100000), long)
print(size)
