---@meta http.core

-- Annotations of the native module `http.core`, on which http.httpd, http.httpc and http.websocket
-- stand. Scripts have no need of it. This file is read by editors alone.

---@class http.core
local core = {}

---@alias http.Fields table<string, string|string[]>

-- -- readers and writers --------------------------------------------------------------------------

---@param socket skynet.SocketId
---@param socket_error http.SocketError
---@return http.Reader
function core.reader(socket, socket_error) end

---@param socket skynet.SocketId
---@param socket_error http.SocketError
---@return http.Writer
function core.writer(socket, socket_error) end

-- -- messages of a reader: nothing for any other function -----------------------------------------

---@param reader http.Reader
---@param limit? integer bytes of the body
---@return integer? code 200, or what to answer
---@return string? target
---@return string? method
---@return http.Fields? fields
---@return string? body
function core.read_request(reader, limit) end

---@param reader http.Reader
---@return integer? status
---@return http.Fields|integer|nil fields or, behind nil, a code
function core.read_response(reader) end

---@param reader http.Reader
---@param limit? integer
---@param fields http.Fields trailers join them
---@return string|false|nil body
---@return integer? code
function core.read_chunks(reader, limit, fields) end

-- -- messages in strings: nothing when they are incomplete ----------------------------------------

---@param text string
---@param limit? integer bytes of the body
---@return integer? code
---@return string? target
---@return string? method
---@return http.Fields? fields
---@return integer|"chunked"|nil framing bytes of the body
---@return string? rest
function core.parse_request(text, limit) end

---@param text string
---@return integer? status
---@return http.Fields|integer|nil fields or, behind nil, a code
---@return string? rest
function core.parse_response(text) end

---@param lines string
---@param fields http.Fields what is read joins them
---@return boolean good
function core.parse_fields(lines, fields) end

---@return userdata
function core.decoder() end

---@param decoder userdata
---@param text string
---@param limit? integer
---@return string|boolean result the rest, to be given again with more; true: done; false: refused
---@return string|integer|nil rest or, behind false, a code
function core.decode(decoder, text, limit) end

---What of the body has come since the last time.
---@param decoder userdata
---@param fields http.Fields trailers join them
---@return string
function core.decoded(decoder, fields) end

---@param url string
---@return string path
---@return string query
function core.parse_url(url) end

---@param query string
---@return table<string, string|string[]>
function core.parse_query(query) end

-- -- writing ----------------------------------------------------------------------------------

---@param write http.Writer
---@param status integer
---@param body? string|function a function: the head announces chunks
---@param fields? table
function core.write_response(write, status, body, fields) end

---@param write http.Writer
---@param bytes string "" ends the body
function core.write_chunk(write, bytes) end

---@param write http.Writer
---@param method string
---@param target string
---@param host string
---@param fields? table
---@param content? string
function core.write_request(write, method, target, host, fields, content) end

-- -- WebSocket --------------------------------------------------------------------------------

---@param role "server"|"client"
---@param limit? integer bytes of a message
---@return userdata connection
function core.websocket(role, limit) end

---@param reader http.Reader
---@param connection userdata
---@return "text"|"binary"|"ping"|"pong"|"close"|"error"|nil event nothing for any other function
---@return string|integer|nil payload or, for "error", a code
---@return integer|string|nil code of a close frame or, for "error", words
---@return string? reason
function core.receive(reader, connection) end

---@param connection userdata
---@param text string
---@return integer? taken bytes
---@return any event or, behind nil, how many bytes are missing
---@return any ... as of receive
function core.parse_frame(connection, text) end

---@param connection userdata
---@param kind "text"|"binary"|"close"|"ping"|"pong"
---@param payload? string
---@return string head
---@return string payload masked by a client
function core.frame(connection, kind, payload) end

---@param code integer
---@param reason? string
---@return string
function core.close_payload(code, reason) end

---@param key string
---@return string
function core.accept_key(key) end

---@return string
function core.new_key() end

return core
