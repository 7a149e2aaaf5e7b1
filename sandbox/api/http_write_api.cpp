// Composing messages: a head and its body go out as one write.
#include "sandbox/api/http_api.hpp"
#include "sandbox/api/socket_api.hpp"
#include "sandbox/http/head_writer.hpp"
#include "sandbox/vm/actor.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace moonward::sandbox {

namespace {

using http::head_writer;

// What most heads fit into; larger ones lie in memory that Lua owns.
constexpr std::size_t usual_head_bytes = 2048;
// A body up to this size is joined with its head for a writer of the script's own.
constexpr std::size_t most_joined_bytes = 64 * 1024;

std::string_view text_at(lua_State* L, int index) {
  std::size_t length = 0;
  const char* bytes = lua_tolstring(L, index, &length);
  return {bytes, length};
}

// -- fields -----------------------------------------------------------------------------------

// What the script's own fields say about the body.
struct told_framing {
  bool has_length = false;
  bool has_coding = false;
  bool has_host = false;
  std::uint64_t length = 0;
};

void note_framing(lua_State* L, std::string_view name, std::string_view value, told_framing& told) {
  if (http::equal_names(name, "content-length")) {
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), told.length);
    if (told.has_length || error != std::errc{} || end != value.data() + value.size())
      luaL_error(L, "header content-length: one number of bytes expected");
    told.has_length = true;
  } else if (http::equal_names(name, "transfer-encoding")) {
    if (told.has_coding || !http::equal_names(value, "chunked"))
      luaL_error(L, "header transfer-encoding: nothing but \"chunked\" is possible");
    told.has_coding = true;
  } else if (http::equal_names(name, "host")) {
    told.has_host = true;
  }
}

// Adds the field whose name is at `name_at` with the value on top, and pops that.
void put_value(lua_State* L, int name_at, head_writer& out, told_framing& told) {
  const std::string_view name = text_at(L, name_at);
  switch (lua_type(L, -1)) {
    case LUA_TSTRING:
    case LUA_TNUMBER: break;
    case LUA_TBOOLEAN:
      lua_pushstring(L, lua_toboolean(L, -1) != 0 ? "true" : "false");
      lua_replace(L, -2);
      break;
    default:
      luaL_error(L, "header %s: a string expected, got %s", name.data(), luaL_typename(L, -1));
  }
  const std::string_view value = text_at(L, -1);
  if (!http::is_field_value(value))
    luaL_error(L, "header %s: a control character in its value", name.data());
  note_framing(L, name, value, told);
  // Both are written where the body's length is known.
  if (!http::equal_names(name, "content-length") && !http::equal_names(name, "transfer-encoding"))
    out.put_field(name, value);
  lua_pop(L, 1);
}

void put_fields(lua_State* L, int index, head_writer& out, told_framing& told) {
  if (lua_isnoneornil(L, index)) return;
  for (lua_pushnil(L); lua_next(L, index) != 0;) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "a header's name is a string, not a %s", luaL_typename(L, -2));
    const int name_at = lua_gettop(L) - 1;
    if (!http::is_token(text_at(L, name_at)))
      luaL_error(L, "header \"%s\": a character in its name that must not be there",
                 lua_tostring(L, name_at));
    if (!lua_istable(L, -1)) {
      put_value(L, name_at, out, told);
      continue;
    }
    const auto count = static_cast<lua_Integer>(lua_rawlen(L, -1));
    for (lua_Integer i = 1; i <= count; ++i) {
      lua_rawgeti(L, -1, i);
      put_value(L, name_at, out, told);
    }
    lua_pop(L, 1);
  }
}

// Composes with `compose(writer)`, in the room given or, when that is too small, in a userdata that
// is left on the stack.
template <typename Compose>
std::string_view compose_head(lua_State* L, std::span<char> room, Compose compose) {
  head_writer out{room.data(), room.size()};
  compose(out);
  while (!out.fits()) {
    const std::size_t bytes = out.bytes() + 256;
    luaL_argcheck(L, bytes <= 16U * 1024 * 1024, 1, "the head of the message is too large");
    out = head_writer{static_cast<char*>(lua_newuserdatauv(L, bytes, 0)), bytes};
    compose(out);
  }
  return out.text();
}

// -- sending ----------------------------------------------------------------------------------

enum send_stack : int { writer_at = 1 };

int sent(lua_State* L, int, lua_KContext) {
  if (!is_writable(L, *writer_socket(L, writer_at)))
    return raise_socket_error(L, writer_at, "write");
  return 0;
}

int write_body_by_function(lua_State* L, int, lua_KContext body_at) {
  lua_pushvalue(L, writer_at);
  lua_pushvalue(L, static_cast<int>(body_at));
  lua_callk(L, 1, 0, 0, [](lua_State*, int, lua_KContext) { return 0; });
  return 0;
}

// Sends a head and the string at `body_at` (0: none) by the writer, or by the script's function.
int send(lua_State* L, std::string_view head, int body_at) {
  const std::string_view body = body_at != 0 ? text_at(L, body_at) : std::string_view{};
  if (const auto socket = writer_socket(L, writer_at)) {
    const std::array<std::string_view, 2> pieces{head, body};
    const std::size_t count = body.empty() ? 1 : 2;
    switch (write_pieces(L, *socket, {pieces.data(), count}, false)) {
      case write_outcome::written: return 0;
      case write_outcome::failed: return raise_socket_error(L, writer_at, "write");
      case write_outcome::waits: return actor::of(L).wait(L, sent, 0);
    }
  }
  const bool joined = body.size() <= most_joined_bytes;
  lua_pushvalue(L, writer_at);
  lua_pushlstring(L, head.data(), head.size());
  if (joined && !body.empty()) {
    lua_pushvalue(L, body_at);
    lua_concat(L, 2);
  }
  if (joined) {
    lua_callk(L, 1, 0, 0, [](lua_State*, int, lua_KContext) { return 0; });
    return 0;
  }
  lua_callk(L, 1, 0, body_at, write_body_by_function);
  return write_body_by_function(L, LUA_OK, body_at);
}

// -- responses --------------------------------------------------------------------------------

enum response_stack : int { status_at = 2, body_at = 3, fields_at = 4 };

void put_response(lua_State* L, head_writer& out) {
  const lua_Integer status = lua_tointeger(L, status_at);
  out.put("HTTP/1.1 ");
  out.put_number(static_cast<std::uint64_t>(status), 10);
  out.put(" ");
  out.put(http::reason_of(static_cast<unsigned>(status)));
  out.put("\r\n");
  told_framing told;
  put_fields(L, fields_at, out, told);
  const int body = lua_type(L, body_at);
  if (body == LUA_TSTRING) {
    const std::uint64_t length = lua_rawlen(L, body_at);
    if (told.has_coding) luaL_error(L, "header transfer-encoding: the body is a string");
    if (told.has_length && told.length != length)
      luaL_error(L, "header content-length: the body is longer or shorter");
    out.put("content-length: ");
    out.put_number(length, 10);
    out.put("\r\n");
  } else if (body == LUA_TFUNCTION) {
    if (told.has_length) luaL_error(L, "header content-length: the body is a function");
    out.put("transfer-encoding: chunked\r\n");
  } else {
    // A head alone: what follows is the script's own affair.
    if (told.has_length) {
      out.put("content-length: ");
      out.put_number(told.length, 10);
      out.put("\r\n");
    }
    if (told.has_coding) out.put("transfer-encoding: chunked\r\n");
  }
  out.put("\r\n");
}

// write_response(writer, status[, body[, fields]]): a string body goes out with the head; for a
// function the head announces chunks. Raises the error of the writer.
int write_response(lua_State* L) {
  lua_settop(L, fields_at);
  const lua_Integer status = luaL_checkinteger(L, status_at);
  luaL_argcheck(L, status >= 100 && status <= 999, status_at, "a status from 100 to 999 expected");
  const int body = lua_type(L, body_at);
  luaL_argexpected(L, body == LUA_TNIL || body == LUA_TSTRING || body == LUA_TFUNCTION, body_at,
                   "string, function or nil");
  if (!lua_isnil(L, fields_at)) luaL_checktype(L, fields_at, LUA_TTABLE);
  std::array<char, usual_head_bytes> room;
  const std::string_view head =
      compose_head(L, room, [L](head_writer& out) { put_response(L, out); });
  return send(L, head, body == LUA_TSTRING ? body_at : 0);
}

// write_chunk(writer, bytes): one chunk of a body; "" is the last.
int write_chunk(lua_State* L) {
  lua_settop(L, 2);
  std::size_t length = 0;
  (void)luaL_checklstring(L, 2, &length);
  if (length == 0) return send(L, "0\r\n\r\n", 0);
  lua_pushliteral(L, "\r\n");
  lua_concat(L, 2);
  std::array<char, 24> room;
  head_writer line{room.data(), room.size()};
  line.put_number(length, 16);
  line.put("\r\n");
  return send(L, line.text(), 2);
}

// -- requests ---------------------------------------------------------------------------------

enum outgoing_stack : int {
  method_at = 2,
  target_at = 3,
  host_at = 4,
  request_fields_at = 5,
  content_at = 6
};

bool is_target(std::string_view text) noexcept {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
  });
}

void put_request(lua_State* L, head_writer& out) {
  out.put(text_at(L, method_at));
  out.put(" ");
  out.put(text_at(L, target_at));
  out.put(" HTTP/1.1\r\n");
  told_framing told;
  put_fields(L, request_fields_at, out, told);
  if (!told.has_host) out.put_field("host", text_at(L, host_at));
  if (told.has_coding) {
    // The content is the chunks themselves, as in Skynet.
    if (told.has_length) luaL_error(L, "header content-length: transfer-encoding is there, too");
    out.put("transfer-encoding: chunked\r\n\r\n");
    return;
  }
  const std::uint64_t length = lua_rawlen(L, content_at);
  if (told.has_length && told.length != length)
    luaL_error(L, "header content-length: the content is longer or shorter");
  const std::string_view method = text_at(L, method_at);
  if (length != 0 || told.has_length || (method != "GET" && method != "HEAD")) {
    out.put("content-length: ");
    out.put_number(length, 10);
    out.put("\r\n");
  }
  out.put("\r\n");
}

// write_request(writer, method, target, host, fields, content): a request with its content.
int write_request(lua_State* L) {
  lua_settop(L, content_at);
  (void)luaL_checkstring(L, method_at);
  (void)luaL_checkstring(L, target_at);
  (void)luaL_checkstring(L, host_at);
  luaL_argcheck(L, http::is_token(text_at(L, method_at)), method_at, "not a method");
  luaL_argcheck(L, is_target(text_at(L, target_at)), target_at,
                "a URL without spaces and control characters expected");
  luaL_argcheck(L, is_target(text_at(L, host_at)), host_at, "not a host");
  if (!lua_isnil(L, request_fields_at)) luaL_checktype(L, request_fields_at, LUA_TTABLE);
  if (lua_isnil(L, content_at)) {
    lua_pushliteral(L, "");
    lua_replace(L, content_at);
  }
  (void)luaL_checkstring(L, content_at);
  std::array<char, usual_head_bytes> room;
  const std::string_view head =
      compose_head(L, room, [L](head_writer& out) { put_request(L, out); });
  return send(L, head, content_at);
}

constexpr std::array<luaL_Reg, 3> functions{{{"write_response", write_response},
                                             {"write_chunk", write_chunk},
                                             {"write_request", write_request}}};

}  // namespace

std::span<const luaL_Reg> http_write_functions() { return functions; }

}  // namespace moonward::sandbox
