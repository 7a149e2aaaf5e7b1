-- http.httpd: reading requests and writing responses, on a server's connection.
--
--     socket.start(id)
--     local read, write = sockethelper.readfunc(id), sockethelper.writefunc(id)
--     repeat
--       local code, url, method, header, body = httpd.read_request(read, 8192)
--       if not code then break end                    -- url is the error: the connection has ended
--       httpd.write_response(write, code, code == 200 and "hello" or nil)
--     until code ~= 200
--     socket.close(id)
--
-- Rules: one request after the other may be read from a connection, pipelined ones too. A request
-- whose end can't be told for sure is refused with a code; after that nothing more is read from the
-- connection, so answer and close. Names in the header are in lower case; the values of a repeated
-- one are a list. A client that waits for "100 Continue" gets it when its body is wanted.

local core = require "http.core"
local internal = require "http.internal"

local pcall, type = pcall, type
local read_request = internal.read_request
local write_head, write_chunk = core.write_response, core.write_chunk

---@class http.httpd
local httpd = {}

local function results(ok, ...)
  if ok then return ... end
  return nil, (...)
end

---Reads a request. The head may have 8192 bytes and 128 fields, the body `limit` bytes, or a
---quarter of the service's memory.
---@param read http.Reader
---@param limit? integer
---@return integer? code 200; 400 malformed; 413 too large; 501 unknown transfer coding; 505 not HTTP/1; nil: read has raised
---@return string|any url as it was sent, or what read has raised: sockethelper.socket_error at the end of the connection
---@return string? method
---@return table<string, string|string[]>? header
---@return string? body
function httpd.read_request(read, limit) return results(pcall(read_request, read, limit)) end

local function write_response(write, status, body, header)
  write_head(write, status, body, header)
  if type(body) ~= "function" then return end
  local piece = body()
  while piece do
    if piece ~= "" then write_chunk(write, piece) end
    piece = body()
  end
  write_chunk(write, "")
end

---Writes a response: a string with its length, in one write; what a function returns, until it
---returns nil, as chunks. Without a body the head goes out alone, and says nothing of a length but
---what the header does.
---@param write http.Writer
---@param status integer
---@param body? string|fun(): string?
---@param header? table<string, string|number|boolean|(string|number|boolean)[]>
---@return boolean ok
---@return any err what write has raised, or which header can't be sent
function httpd.write_response(write, status, body, header)
  return pcall(write_response, write, status, body, header)
end

return httpd
