// WebSocket connections: what http.websocket is built on.
//
// A connection is a userdata that knows its role and the message that is being put together. A
// frame is left in the socket's input until it is complete; then its payload becomes one string.
#include "sandbox/api/http_api.hpp"
#include "sandbox/api/lua_bytes.hpp"
#include "sandbox/api/socket_api.hpp"
#include "sandbox/http/websocket_frame.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>
#include <cstring>
#include <string_view>
#include <sys/random.h>

namespace moonward::sandbox {

namespace {

using http::frame_head;
using http::opcode;

constexpr char connection_type[] = "http.core.websocket";
constexpr std::size_t first_fragments_bytes = 1024;

struct connection {
  bool is_server;
  bool fragmented;  // a message is being put together
  opcode kind;      // of that message
  http::utf8_checker utf8;
  std::uint64_t limit_bytes;  // of a message
};

// Why a connection fails: the code of the close frame, and words.
struct failure {
  std::uint16_t code = 0;
  const char* why = nullptr;
};

connection& check_connection(lua_State* L, int index) {
  return *static_cast<connection*>(luaL_checkudata(L, index, connection_type));
}

// websocket(role, limit) -> connection; role "server" or "client", the limit of a message's bytes
int websocket(lua_State* L) {
  static const char* const roles[] = {"server", "client", nullptr};
  const bool is_server = luaL_checkoption(L, 1, nullptr, roles) == 0;
  const std::uint64_t limit = check_body_limit(L, 2);
  auto* made = static_cast<connection*>(lua_newuserdatauv(L, sizeof(connection), 1));
  *made = {is_server, false, opcode::text, {}, limit};
  set_type(L, connection_type);
  return 1;
}

// -- receiving --------------------------------------------------------------------------------

std::uint64_t fragments_bytes(lua_State* L, int connection_at) {
  const bool there = lua_getiuservalue(L, connection_at, 1) == LUA_TUSERDATA;
  const auto* bytes = static_cast<const lua_bytes*>(lua_touserdata(L, -1));
  const std::uint64_t used = there ? bytes->used : 0;
  lua_pop(L, 1);
  return used;
}

// What is wrong with a frame before its payload is here.
failure check_head(lua_State* L, int connection_at, const frame_head& head) {
  const connection& c = check_connection(L, connection_at);
  if (head.masked != c.is_server)
    return {http::close_code::protocol_error, c.is_server ? "a client's frame must be masked"
                                                          : "a server's frame must not be masked"};
  if (http::is_control(head.op)) return {};
  if ((head.op == opcode::continuation) != c.fragmented)
    return {http::close_code::protocol_error,
            c.fragmented ? "a message inside another message" : "a continuation of nothing"};
  const std::uint64_t before = c.fragmented ? fragments_bytes(L, connection_at) : 0;
  if (head.payload_bytes > c.limit_bytes || before > c.limit_bytes - head.payload_bytes)
    return {http::close_code::too_big, "the message is too large"};
  return {};
}

int push_failure(lua_State* L, const failure& f) {
  lua_pushliteral(L, "error");
  lua_pushinteger(L, f.code);
  lua_pushstring(L, f.why);
  return 3;
}

// Adds the payload on top to the fragments of the connection.
void add_fragment(lua_State* L, int connection_at, std::string_view payload) {
  if (lua_getiuservalue(L, connection_at, 1) != LUA_TUSERDATA) {
    lua_pop(L, 1);
    (void)lua_bytes::push(L, std::max(first_fragments_bytes, payload.size()));
  }
  lua_bytes::with_room(L, lua_gettop(L), payload.size()).append(payload);
  (void)lua_setiuservalue(L, connection_at, 1);
}

const char* kind_name(opcode op) noexcept {
  switch (op) {
    case opcode::text: return "text";
    case opcode::binary: return "binary";
    case opcode::ping: return "ping";
    case opcode::pong: return "pong";
    default: return "close";
  }
}

int push_close(lua_State* L, std::string_view payload) {
  lua_pushliteral(L, "close");
  lua_insert(L, -2);
  if (payload.empty()) return 2;
  const unsigned code = payload.size() < 2 ? 0U
                                           : static_cast<unsigned char>(payload[0]) * 256U +
                                                 static_cast<unsigned char>(payload[1]);
  if (!http::is_close_code(code))
    return push_failure(L, {http::close_code::protocol_error, "an invalid close code"});
  payload.remove_prefix(2);
  if (!http::is_utf8(payload))
    return push_failure(L, {http::close_code::invalid_data, "a close reason that isn't UTF-8"});
  lua_pushinteger(L, code);
  lua_pushlstring(L, payload.data(), payload.size());
  return 4;
}

// Takes a frame whose payload is on top; pushes an event, or nothing when more frames belong to it.
int take_frame(lua_State* L, int connection_at, const frame_head& head) {
  connection& c = check_connection(L, connection_at);
  std::size_t length = 0;
  const char* bytes = lua_tolstring(L, -1, &length);
  const std::string_view payload{bytes, length};
  if (head.op == opcode::close) return push_close(L, payload);
  if (http::is_control(head.op)) {
    lua_pushstring(L, kind_name(head.op));
    lua_insert(L, -2);
    return 2;
  }
  if (!c.fragmented) {
    c.kind = head.op;
    c.utf8 = {};
  }
  if (c.kind == opcode::text && (!c.utf8.feed(payload) || (head.final && !c.utf8.at_boundary())))
    return push_failure(L, {http::close_code::invalid_data, "a text that isn't UTF-8"});
  const bool whole = head.final && !c.fragmented;
  if (!whole && length != 0) add_fragment(L, connection_at, payload);
  c.fragmented = !head.final;
  if (!head.final) return 0;
  lua_pushstring(L, kind_name(c.kind));
  if (whole) {
    lua_insert(L, -2);
    return 2;
  }
  if (lua_getiuservalue(L, connection_at, 1) == LUA_TUSERDATA) {
    const std::string_view all = static_cast<lua_bytes*>(lua_touserdata(L, -1))->text();
    lua_pushlstring(L, all.data(), all.size());
    lua_remove(L, -2);
    lua_pushnil(L);
    (void)lua_setiuservalue(L, connection_at, 1);
  } else {
    lua_pop(L, 1);
    lua_pushliteral(L, "");
  }
  return 2;
}

enum receive_stack : int { reader_at = 1, connection_at = 2 };

int receive_on(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  const std::uint64_t id = *reader_socket(L, reader_at);
  for (;;) {
    lua_settop(L, connection_at);
    const script_socket* s = a.sockets().find(id);
    if (s == nullptr) return raise_socket_error(L, reader_at, "read");
    std::array<char, http::most_frame_head_bytes> start;
    const std::size_t there = std::min(start.size(), s->input.size());
    s->input.copy(start.data(), there);
    frame_head head;
    const auto state = http::parse_frame_head({start.data(), there}, head);
    if (state == http::frame_state::malformed)
      return push_failure(L, {http::close_code::protocol_error, "a malformed frame"});
    std::size_t wanted = head.head_bytes;
    if (state == http::frame_state::complete) {
      const failure wrong = check_head(L, connection_at, head);
      if (wrong.code != 0) return push_failure(L, wrong);
      wanted += static_cast<std::size_t>(head.payload_bytes);
    }
    if (s->input.size() < wanted) {
      if (!s->goes_on()) return raise_socket_error(L, reader_at, "read");
      return wait_for_input(L, id, {read_goal::bytes, wanted, {}}, receive_on, 0);
    }
    const auto length = static_cast<std::size_t>(head.payload_bytes);
    luaL_Buffer buffer;
    char* to = luaL_buffinitsize(L, &buffer, length);
    {
      host_section section{a.exec()};
      // Making room may have run a finalizer that reads, too: then it's its own affair.
      script_socket* now = a.sockets().find(id);
      const bool unread = now != nullptr && now->input.size() >= wanted;
      a.sockets().take(a, id, head.head_bytes);
      if (unread) now->input.copy(to, length);
      else std::memset(to, 0, length);
      a.sockets().take(a, id, length);
      if (head.masked) http::apply_mask(to, length, head.mask);
    }
    luaL_pushresultsize(&buffer, length);
    const int values = take_frame(L, connection_at, head);
    if (values != 0) return values;
  }
}

// receive(reader, connection) -> "text" | "binary" | "ping" | "pong", payload | "close", payload,
// code, reason | "error", code, words | nothing for other functions than readers. Raises
// socket_error at the end.
int receive(lua_State* L) {
  lua_settop(L, connection_at);
  if (!reader_socket(L, reader_at)) return 0;
  (void)check_connection(L, connection_at);
  return receive_on(L, LUA_OK, 0);
}

// parse_frame(connection, text) -> nil, how many bytes are missing | taken, event… as of receive;
// taken alone when more frames belong to the message
int parse_frame(lua_State* L) {
  lua_settop(L, 2);
  (void)check_connection(L, 1);
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(L, 2, &size);
  frame_head head;
  const auto state = http::parse_frame_head({bytes, size}, head);
  std::size_t wanted = head.head_bytes;
  failure wrong;
  if (state == http::frame_state::malformed)
    wrong = {http::close_code::protocol_error, "a malformed frame"};
  if (state == http::frame_state::complete) {
    wrong = check_head(L, 1, head);
    wanted += static_cast<std::size_t>(head.payload_bytes);
  }
  if (wrong.code != 0) {
    lua_pushinteger(L, 0);
    return 1 + push_failure(L, wrong);
  }
  if (size < wanted) {
    lua_pushnil(L);
    lua_pushinteger(L, static_cast<lua_Integer>(wanted - size));
    return 2;
  }
  lua_pushinteger(L, static_cast<lua_Integer>(wanted));
  const auto length = static_cast<std::size_t>(head.payload_bytes);
  luaL_Buffer buffer;
  char* to = luaL_buffinitsize(L, &buffer, length);
  std::memcpy(to, bytes + head.head_bytes, length);
  if (head.masked) http::apply_mask(to, length, head.mask);
  luaL_pushresultsize(&buffer, length);
  return 1 + take_frame(L, 1, head);
}

// -- sending ----------------------------------------------------------------------------------

void random_bytes(void* to, std::size_t count) noexcept {
  // So few bytes come at once, and never fail once the system has started.
  if (::getrandom(to, count, 0) != static_cast<ssize_t>(count)) std::memset(to, 0x5A, count);
}

// frame(connection, kind, payload) -> the frame's head, its payload: masked by a client. A whole
// message of kind "text" or "binary", or a control frame.
int frame(lua_State* L) {
  static const char* const kinds[] = {"text", "binary", "close", "ping", "pong", nullptr};
  constexpr std::array<opcode, 5> opcodes{opcode::text, opcode::binary, opcode::close, opcode::ping,
                                          opcode::pong};
  const connection& c = check_connection(L, 1);
  frame_head head;
  head.op = opcodes[static_cast<std::size_t>(luaL_checkoption(L, 2, nullptr, kinds))];
  std::size_t length = 0;
  const char* payload = luaL_optlstring(L, 3, "", &length);
  luaL_argcheck(L, !http::is_control(head.op) || length <= http::most_control_bytes, 3,
                "at most 125 bytes fit into a control frame");
  head.payload_bytes = length;
  head.masked = !c.is_server;
  if (head.masked) random_bytes(head.mask.data(), head.mask.size());
  std::array<char, http::most_frame_head_bytes> start;
  lua_pushlstring(L, start.data(), http::write_frame_head(head, start.data()));
  if (!head.masked) {
    lua_pushlstring(L, payload, length);
    return 2;
  }
  luaL_Buffer buffer;
  char* to = luaL_buffinitsize(L, &buffer, length);
  std::memcpy(to, payload, length);
  http::apply_mask(to, length, head.mask);
  luaL_pushresultsize(&buffer, length);
  return 2;
}

// close_payload(code[, reason]) -> what a close frame says; raises for a code or a reason that
// must not be sent.
int close_payload(lua_State* L) {
  const lua_Integer code = luaL_checkinteger(L, 1);
  luaL_argcheck(L, code > 0 && code <= 0xFFFF && http::is_close_code(static_cast<unsigned>(code)),
                1, "not a code that may be sent");
  std::size_t length = 0;
  const char* reason = luaL_optlstring(L, 2, "", &length);
  luaL_argcheck(L, length <= http::most_control_bytes - 2, 2, "at most 123 bytes expected");
  luaL_argcheck(L, http::is_utf8({reason, length}), 2, "UTF-8 expected");
  std::array<char, http::most_control_bytes> payload;
  payload[0] = static_cast<char>(code >> 8);
  payload[1] = static_cast<char>(code & 0xFF);
  std::memcpy(payload.data() + 2, reason, length);
  lua_pushlstring(L, payload.data(), length + 2);
  return 1;
}

// -- handshake --------------------------------------------------------------------------------

// accept_key(key) -> the server's answer to a client's key
int accept_key(lua_State* L) {
  std::size_t length = 0;
  const char* key = luaL_checklstring(L, 1, &length);
  luaL_argcheck(L, length <= 256, 1, "at most 256 bytes expected");
  const http::accept_text answer = http::accept_of({key, length});
  lua_pushlstring(L, answer.data(), answer.size());
  return 1;
}

// new_key() -> a client's key
int new_key(lua_State* L) {
  std::array<unsigned char, 16> bytes;
  random_bytes(bytes.data(), bytes.size());
  const http::key_text key = http::encode_key(bytes);
  lua_pushlstring(L, key.data(), key.size());
  return 1;
}

constexpr std::array<luaL_Reg, 7> functions{{{"websocket", websocket},
                                             {"receive", receive},
                                             {"parse_frame", parse_frame},
                                             {"frame", frame},
                                             {"close_payload", close_payload},
                                             {"accept_key", accept_key},
                                             {"new_key", new_key}}};

}  // namespace

std::span<const luaL_Reg> websocket_functions() { return functions; }

}  // namespace moonward::sandbox
