// Reading messages straight from a socket's input.
#include "sandbox/api/http_api.hpp"
#include "sandbox/api/socket_api.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>
#include <cstring>
#include <string_view>

namespace moonward::sandbox {

namespace {

// Stack of read_request and its continuations.
enum request_stack : int {
  reader_at = 1,
  limit_at = 2,
  code_at = 3,
  target_at = 4,
  method_at = 5,
  fields_at = 6,
  body_at = 7,  // how many bytes, or the values of a chunked one
};

constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::string_view empty_line = "\r\n";
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

enum class head_state : std::uint8_t { complete, incomplete, too_large };

using head_text = std::array<char, http::most_head_bytes>;

// Takes a head out of the input into `text`, with empty lines before it; in a host section.
head_state take_head(actor& a, std::uint64_t id, script_socket& s, head_text& text,
                     std::size_t& length) noexcept {
  const std::size_t found = s.input.find(end_of_head);
  if (found == byte_queue::npos)
    return s.input.size() < text.size() ? head_state::incomplete : head_state::too_large;
  length = found + end_of_head.size();
  if (length > text.size()) return head_state::too_large;
  s.input.copy(text.data(), length);
  a.sockets().take(a, id, length);
  return head_state::complete;
}

// Clients of old end a message with an empty line too many; it isn't the next one's head.
void skip_empty_lines(actor& a, std::uint64_t id, script_socket& s) noexcept {
  char first[2];
  while (s.input.size() >= sizeof first) {
    if (s.input.front().size() >= sizeof first) {
      if (!s.input.front().starts_with(empty_line)) return;
    } else {
      s.input.copy(first, sizeof first);
      if (std::string_view{first, sizeof first} != empty_line) return;
    }
    a.sockets().take(a, id, sizeof first);
  }
}

// Nothing that comes on the connection can be trusted to be a message.
void garble(actor& a, std::uint64_t id) noexcept {
  script_socket* s = a.sockets().find(id);
  if (s == nullptr) return;
  s->garbled = true;
  a.sockets().take(a, id, s->input.size());
}

int refuse(lua_State* L, std::uint64_t id, http::refusal why) {
  {
    host_section section{actor::of(L).exec()};
    garble(actor::of(L), id);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(why));
  return 1;
}

// The open socket of the reader; raises its socket_error when it's gone, or has no more messages.
script_socket& check_input(lua_State* L, std::uint64_t id) {
  script_socket* s = actor::of(L).sockets().find(id);
  if (s == nullptr || s->garbled) raise_socket_error(L, reader_at, "read");
  return *s;
}

int wait_or_fail(lua_State* L, std::uint64_t id, const script_socket& s, const input_wish& wish,
                 lua_KFunction continuation) {
  if (!s.goes_on()) return raise_socket_error(L, reader_at, "read");
  return wait_for_input(L, id, wish, continuation, 0);
}

int wait_for_head(lua_State* L, std::uint64_t id, const script_socket& s,
                  lua_KFunction continuation) {
  return wait_or_fail(L, id, s, {read_goal::separator, std::tuple_size_v<head_text>, end_of_head},
                      continuation);
}

// -- requests ---------------------------------------------------------------------------------

int request_done(lua_State* L, int top) {
  lua_settop(L, top);
  return top - code_at + 1;
}

int read_length_body(lua_State* L, int, lua_KContext) {
  const std::uint64_t id = *reader_socket(L, reader_at);
  const script_socket& s = check_input(L, id);
  const auto bytes = static_cast<std::size_t>(lua_tointeger(L, body_at));
  if (s.input.size() < bytes)
    return wait_or_fail(L, id, s, {read_goal::bytes, bytes, {}}, read_length_body);
  push_input(L, id, bytes, 0);
  lua_replace(L, body_at);
  return request_done(L, body_at);
}

http::refusal refusal_of(chunked_body::outcome outcome) noexcept {
  return outcome == chunked_body::outcome::too_large ? http::refusal::too_large
                                                     : http::refusal::bad_request;
}

// Waits for input beyond what there is: a part of a line is left in it.
int wait_for_chunk(lua_State* L, std::uint64_t id, lua_KFunction continuation) {
  const script_socket& s = check_input(L, id);
  return wait_or_fail(L, id, s, {read_goal::bytes, s.input.size() + 1, {}}, continuation);
}

int read_chunked_body(lua_State* L, int, lua_KContext) {
  const std::uint64_t id = *reader_socket(L, reader_at);
  (void)check_input(L, id);
  const chunked_body body{L, body_at};
  const chunked_body::outcome outcome = body.feed(id, check_body_limit(L, limit_at));
  if (outcome == chunked_body::outcome::more) return wait_for_chunk(L, id, read_chunked_body);
  if (outcome != chunked_body::outcome::done) return refuse(L, id, refusal_of(outcome));
  body.push(fields_at);
  lua_replace(L, body_at);
  return request_done(L, body_at);
}

int read_body(lua_State* L, std::uint64_t id, const http::message_head& head) {
  const bool chunked = head.framing == http::body_framing::chunked;
  if (!chunked && head.body_bytes == 0) {
    lua_pushliteral(L, "");
    return request_done(L, body_at);
  }
  if (!chunked && head.body_bytes > check_body_limit(L, limit_at))
    return refuse(L, id, http::refusal::too_large);
  const script_socket& s = check_input(L, id);
  if (head.expects_continue && head.version >= 11 && s.input.empty()) {
    const std::string_view pieces[] = {go_on};
    host_section section{actor::of(L).exec()};
    (void)actor::of(L).port().sockets().write(id, pieces, false);
  }
  if (!chunked) {
    lua_pushinteger(L, static_cast<lua_Integer>(head.body_bytes));
    return read_length_body(L, LUA_OK, 0);
  }
  chunked_body::open(L);
  return read_chunked_body(L, LUA_OK, 0);
}

int read_request_on(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  const std::uint64_t id = *reader_socket(L, reader_at);
  script_socket& s = check_input(L, id);
  head_text text;
  std::size_t length = 0;
  http::message_head head;
  auto state = head_state::incomplete;
  auto refused = http::refusal::none;
  {
    host_section section{a.exec()};
    skip_empty_lines(a, id, s);
    state = take_head(a, id, s, text, length);
    if (state == head_state::complete) refused = http::parse_request({text.data(), length}, head);
    if (state == head_state::too_large) refused = http::refusal::too_large;
  }
  if (refused != http::refusal::none) return refuse(L, id, refused);
  if (state == head_state::incomplete) return wait_for_head(L, id, s, read_request_on);
  lua_pushinteger(L, 200);
  lua_pushlstring(L, head.target.data(), head.target.size());
  lua_pushlstring(L, head.method.data(), head.method.size());
  push_fields(L, head);
  return read_body(L, id, head);
}

// read_request(reader[, limit]) -> 200, target, method, fields, body | code | nothing for other
// functions than readers. Raises socket_error when the connection ends.
int read_request(lua_State* L) {
  lua_settop(L, limit_at);
  if (!reader_socket(L, reader_at)) return 0;
  return read_request_on(L, LUA_OK, 0);
}

// -- responses --------------------------------------------------------------------------------

int read_response_on(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  const std::uint64_t id = *reader_socket(L, reader_at);
  script_socket& s = check_input(L, id);
  head_text text;
  std::size_t length = 0;
  http::message_head head;
  auto state = head_state::incomplete;
  auto refused = http::refusal::none;
  {
    host_section section{a.exec()};
    do {
      head.field_count = 0;
      state = take_head(a, id, s, text, length);
      if (state == head_state::complete)
        refused = http::parse_response({text.data(), length}, head);
      if (state == head_state::too_large) refused = http::refusal::too_large;
      // "100 Continue" and its kin come before the response that is asked for.
    } while (state == head_state::complete && refused == http::refusal::none &&
             head.status / 100 == 1 && head.status != 101);
  }
  if (refused != http::refusal::none) {
    refuse(L, id, refused);
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (state == head_state::incomplete) return wait_for_head(L, id, s, read_response_on);
  lua_pushinteger(L, head.status);
  push_fields(L, head);
  return 2;
}

// read_response(reader) -> status, fields | nil, code for one that can't be taken | nothing for
// other functions than readers. The body is left in the input.
int read_response(lua_State* L) {
  lua_settop(L, reader_at);
  if (!reader_socket(L, reader_at)) return 0;
  return read_response_on(L, LUA_OK, 0);
}

// -- chunked bodies by themselves -------------------------------------------------------------

enum chunks_stack : int { chunk_fields_at = 3, chunk_body_at = 4 };

int read_chunks_on(lua_State* L, int, lua_KContext) {
  const std::uint64_t id = *reader_socket(L, reader_at);
  (void)check_input(L, id);
  const chunked_body body{L, chunk_body_at};
  const chunked_body::outcome outcome = body.feed(id, check_body_limit(L, limit_at));
  if (outcome == chunked_body::outcome::more) return wait_for_chunk(L, id, read_chunks_on);
  if (outcome != chunked_body::outcome::done) {
    lua_pushboolean(L, 0);
    return 1 + refuse(L, id, refusal_of(outcome));
  }
  body.push(chunk_fields_at);
  return 1;
}

// read_chunks(reader, limit, fields) -> body | false, code | nothing for other functions than
// readers. Trailers join the fields.
int read_chunks(lua_State* L) {
  lua_settop(L, chunk_fields_at);
  if (!reader_socket(L, reader_at)) return 0;
  luaL_checktype(L, chunk_fields_at, LUA_TTABLE);
  chunked_body::open(L);
  return read_chunks_on(L, LUA_OK, 0);
}

constexpr std::array<luaL_Reg, 3> functions{{{"read_request", read_request},
                                             {"read_response", read_response},
                                             {"read_chunks", read_chunks}}};

}  // namespace

std::span<const luaL_Reg> http_read_functions() { return functions; }

}  // namespace moonward::sandbox
