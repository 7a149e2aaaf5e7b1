-- http.internal: what http.httpd, http.httpc and http.websocket share.
--
-- Rules: readers of sockethelper are parsed where their input lies; of any other function the
-- strings are put together and handed to the same parsers. What such a function brought beyond a
-- message is kept for the next message that is read with it.

local core = require "http.core"

---@class http.internal
local internal = {}

-- Reader of the script's own -> what it brought too much.
local leftovers = setmetatable({}, { __mode = "k" })

local function keep(read, rest)
  leftovers[read] = rest ~= "" and rest or nil
end

-- Calls parse(text, limit) with ever more text until it returns something.
local function parse_with(parse, read, text, limit)
  text = text .. (leftovers[read] or "")
  leftovers[read] = nil
  while true do
    local a, b, c, d, e, f = parse(text, limit)
    if a ~= nil or b ~= nil then return a, b, c, d, e, f end
    text = text .. read()
  end
end

---Reads `size` bytes, of which `rest` is there.
---@param read http.Reader
---@param size integer
---@param rest string
---@return string
local function read_sized(read, size, rest)
  if #rest >= size then
    keep(read, rest:sub(size + 1))
    return rest:sub(1, size)
  end
  return rest .. read(size - #rest)
end

---Reads a request.
---@param read http.Reader
---@param limit? integer bytes of the body
---@return integer code 200, or what to answer
---@return string? url
---@return string? method
---@return table<string, string|string[]>? header
---@return string? body
function internal.read_request(read, limit)
  local code, url, method, header, body = core.read_request(read, limit)
  if code then return code, url, method, header, body end
  local framing, rest
  code, url, method, header, framing, rest = parse_with(core.parse_request, read, "", limit)
  if code ~= 200 then return code end
  if framing == "chunked" then
    local refused
    body, refused = internal.recvchunkedbody(read, limit, header, rest)
    if not body then return refused end
  else
    body = read_sized(read, framing, rest)
  end
  return code, url, method, header, body
end

---Reads a chunked body, of which `rest` is there. Its trailers join the header, but for those that
---the header has and those that belong before a body. Nothing and the code of a refusal when it
---is malformed or longer than `limit` bytes.
---@param read http.Reader
---@param limit? integer
---@param header table<string, string|string[]>
---@param rest string
---@return string? body
---@return table<string, string|string[]>|integer header
function internal.recvchunkedbody(read, limit, header, rest)
  if rest == "" then
    local body, code = core.read_chunks(read, limit, header)
    if body then return body, header end
    if body == false then return nil, code end
  end
  local decoder = core.decoder()
  while true do
    local result, more = core.decode(decoder, rest, limit)
    if result == true then
      keep(read, more)
      return core.decoded(decoder, header), header
    end
    if result == false then return nil, more end
    rest = result .. read()
  end
end

---Reads up to an empty line; appends the lines before it to `lines`. `rest` is there already.
---Nothing when they are more than 8192 bytes.
---@param read http.Reader
---@param lines string[]
---@param rest string
---@return string? rest what came behind the empty line
function internal.recvheader(read, lines, rest)
  if rest:sub(1, 2) == "\r\n" then return rest:sub(3) end
  local from = 1
  while true do
    local at, last = rest:find("\r\n\r\n", from, true)
    if at then
      for line in rest:sub(1, at + 1):gmatch "(.-)\r\n" do lines[#lines + 1] = line end
      return rest:sub(last + 1)
    end
    if #rest >= 8192 then return end
    from = math.max(#rest - 2, 1)
    rest = rest .. read()
    if rest:sub(1, 2) == "\r\n" then return rest:sub(3) end
  end
end

---Adds the fields of `lines` from `from` on to the header; nothing when they are malformed.
---@param lines string[]
---@param from integer
---@param header table<string, string|string[]>
---@return table<string, string|string[]>? header
function internal.parseheader(lines, from, header)
  if from > #lines then return header end
  return core.parse_fields(table.concat(lines, "\r\n", from), header) and header or nil
end

---@class http.Interface
---@field read http.Reader
---@field write http.Writer
---@field readall? fun(): string|false
---@field init? fun(hostname?: string)
---@field close? fun()

---Sends a request, and reads the head of the response. Raises socket_error, and an error when the
---response isn't HTTP. Informational responses are skipped, but for 101.
---@param interface http.Interface
---@param method string
---@param host string for the header "host"
---@param url string
---@param recvheader? table is filled with the response's header
---@param header? table<string, string|string[]> fields to send
---@param content? string with "transfer-encoding: chunked" in the header, it is the chunks
---@return integer status
---@return string rest what came behind the head
---@return table<string, string|string[]> header
function internal.request(interface, method, host, url, recvheader, header, content)
  core.write_request(interface.write, method, url, host, header, content)
  local read = interface.read
  local status, fields, rest = core.read_response(read)
  if not status and not fields then
    status, fields, rest = parse_with(core.parse_response, read, "")
  end
  if not status then error "Invalid HTTP response header" end
  if recvheader then
    for name, value in pairs(fields) do recvheader[name] = value end
    fields = recvheader
  end
  return status, rest or "", fields
end

local function check_coding(header)
  local coding = header["transfer-encoding"]
  coding = type(coding) == "string" and coding:lower() or coding
  if coding and coding ~= "identity" and coding ~= "chunked" then
    error "Unsupported transfer-encoding"
  end
  return coding == "chunked"
end

local function has_no_body(status) return status == 204 or status == 304 or status < 200 end

---Reads the body of the response, of which `rest` is there.
---@param interface http.Interface
---@param status integer
---@param rest string
---@param header table<string, string|string[]>
---@return string body
function internal.response(interface, status, rest, header)
  if has_no_body(status) then return "" end
  if check_coding(header) then
    local body = internal.recvchunkedbody(interface.read, nil, header, rest)
    if not body then error "Invalid response body" end
    return body
  end
  local length = tonumber(header["content-length"])
  if length then return read_sized(interface.read, length, rest) end
  return rest .. (interface.readall() or "")
end

---A response whose body is read piece by piece: calling it returns the next piece, and itself;
---nothing at the end. There's one piece at least, be it "". `connected` is true while more may
---come, false after a failure.
---@class http.Stream
---@field status integer
---@field header table<string, string|string[]>
---@field connected? boolean
local stream = {}
stream.__index = stream

function stream:close()
  local closing = self._onclose
  self._onclose = nil
  if closing then closing(self) end
end

---@return string? piece
---@return http.Stream self
function stream:padding() return self._next(self), self end

stream.__close = stream.close
stream.__call = stream.padding

local function ended(self, connected)
  self.connected = connected
  self._next = stream.close
end

local function next_available(self)
  local rest = self._rest
  self._rest = ""
  if rest ~= "" then return rest end
  local ok, piece = pcall(self._interface.read)
  if ok then return piece end
end

local function next_of_length(left)
  return function(self)
    if left == 0 then
      ended(self, nil)
      return ""
    end
    local piece = next_available(self)
    if not piece then
      ended(self, false)
      return self:close()
    end
    piece = piece:sub(1, left)
    left = left - #piece
    if left == 0 then ended(self, nil) end
    return piece
  end
end

local function next_until_end(self)
  local piece = next_available(self)
  if piece then return piece end
  ended(self, nil)
  self:close()
end

local function next_chunks(self)
  local piece = next_available(self)
  while piece do
    local decoder = self._decoder or core.decoder()
    local result, more = core.decode(decoder, self._line .. piece)
    if result == false then break end
    self._decoder, self._line = nil, result == true and "" or result
    local body = core.decoded(decoder, self.header)
    if result == true then
      ended(self, nil)
      return body
    end
    self._decoder = decoder
    if body ~= "" then return body end
    piece = next_available(self)
  end
  ended(self, false)
  self:close()
end

---The response as a stream, whose body begins with `rest`.
---@param interface http.Interface
---@param status integer
---@param rest string
---@param header table<string, string|string[]>
---@param method? string of the request
---@return http.Stream
function internal.response_stream(interface, status, rest, header, method)
  local next_piece
  local length = tonumber(header["content-length"])
  if has_no_body(status) or method == "HEAD" then next_piece = next_of_length(0)
  elseif check_coding(header) then next_piece = next_chunks
  elseif length then next_piece = next_of_length(length)
  else next_piece = next_until_end end
  return setmetatable({
    status = status,
    header = header,
    connected = true,
    _rest = rest,
    _line = "",
    _interface = interface,
    _next = next_piece,
  }, stream)
end

return internal
