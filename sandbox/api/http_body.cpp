// Fields as tables, and chunked bodies in memory that Lua owns.
#include "sandbox/api/http_api.hpp"
#include "sandbox/api/lua_bytes.hpp"
#include "sandbox/api/socket_api.hpp"
#include "sandbox/http/chunk_decoder.hpp"
#include "sandbox/vm/actor.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace moonward::sandbox {

namespace {

using http::chunk_decoder;

constexpr char decoder_type[] = "http.core.decoder";
constexpr std::size_t first_room = 4096;  // not less than the decoder's longest line
constexpr std::size_t most_room = 64 * 1024;
static_assert(first_room >= chunk_decoder::most_line_bytes);

chunk_decoder& check_decoder(lua_State* L, int index) {
  return *static_cast<chunk_decoder*>(luaL_checkudata(L, index, decoder_type));
}

void push_lower(lua_State* L, std::string_view name) {
  std::array<char, http::most_head_bytes> text;
  const std::size_t length = std::min(name.size(), text.size());
  for (std::size_t i = 0; i < length; ++i) {
    const char c = name[i];
    text[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  lua_pushlstring(L, text.data(), length);
}

}  // namespace

std::uint64_t check_body_limit(lua_State* L, int index) {
  const std::uint64_t memory = actor::of(L).port().quota().memory_bytes;
  // Taking a body apart needs up to four times its size.
  if (lua_isnoneornil(L, index)) return memory / 4;
  const lua_Number limit = luaL_checknumber(L, index);
  luaL_argcheck(L, limit >= 0, index, "a number of bytes expected");
  return limit < static_cast<lua_Number>(memory) ? static_cast<std::uint64_t>(limit) : memory;
}

void set_type(lua_State* L, const char* type) {
  if (luaL_newmetatable(L, type) != 0) {
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
}

void add_field(lua_State* L, const http::field& f) {
  push_lower(L, f.name);
  lua_pushvalue(L, -1);
  const int known = lua_rawget(L, -3);
  if (known == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushlstring(L, f.value.data(), f.value.size());
    lua_rawset(L, -3);
    return;
  }
  if (known != LUA_TTABLE) {
    lua_createtable(L, 2, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_pushlstring(L, f.value.data(), f.value.size());
  lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
  lua_pop(L, 2);
}

void push_fields(lua_State* L, const http::message_head& head) {
  lua_createtable(L, 0, static_cast<int>(head.field_count));
  for (std::size_t i = 0; i < head.field_count; ++i) add_field(L, head.fields[i]);
}

void chunked_body::open(lua_State* L) {
  void* memory = lua_newuserdatauv(L, sizeof(chunk_decoder), 1);
  {
    host_section section{actor::of(L).exec()};
    new (memory) chunk_decoder;
  }
  set_type(L, decoder_type);
  lua_bytes::push(L, first_room);
}

chunked_body::outcome chunked_body::feed(std::uint64_t socket, std::uint64_t limit_bytes) const {
  actor& a = actor::of(state_);
  chunk_decoder& decoder = check_decoder(state_, at_);
  while (decoder.now() == chunk_decoder::state::more) {
    const script_socket* s = a.sockets().find(socket);
    if (s == nullptr || s->input.empty()) return outcome::more;
    lua_bytes& body =
        lua_bytes::with_room(state_, at_ + 1, std::clamp(s->input.size(), first_room, most_room));
    s = a.sockets().find(socket);  // making room may have run a finalizer
    if (s == nullptr) return outcome::more;
    std::size_t taken = 0;
    {
      host_section section{a.exec()};
      char* to = body.data() + body.used;
      taken = decoder.decode(s->input.front().substr(0, body.room()), to);
      if (taken == 0 && decoder.now() == chunk_decoder::state::more &&
          s->input.front().size() < s->input.size()) {
        // A line that lies in several messages.
        std::array<char, chunk_decoder::most_line_bytes> line;
        const std::size_t length = std::min(line.size(), s->input.size());
        s->input.copy(line.data(), length);
        taken = decoder.decode({line.data(), length}, to);
      }
      body.used += decoder.produced_bytes();
      a.sockets().take(a, socket, taken);
    }
    if (body.used > limit_bytes) return outcome::too_large;
    if (taken == 0 && decoder.now() == chunk_decoder::state::more) return outcome::more;
  }
  return decoder.now() == chunk_decoder::state::done ? outcome::done : outcome::malformed;
}

chunked_body::outcome chunked_body::feed(std::string_view text, std::uint64_t limit_bytes,
                                         std::size_t& taken) const {
  chunk_decoder& decoder = check_decoder(state_, at_);
  taken = 0;
  while (decoder.now() == chunk_decoder::state::more && taken < text.size()) {
    lua_bytes& body = lua_bytes::with_room(state_, at_ + 1,
                                           std::clamp(text.size() - taken, first_room, most_room));
    host_section section{actor::of(state_).exec()};
    const std::size_t step =
        decoder.decode(text.substr(taken, body.room()), body.data() + body.used);
    body.used += decoder.produced_bytes();
    taken += step;
    if (body.used > limit_bytes) return outcome::too_large;
    if (step == 0) break;
  }
  switch (decoder.now()) {
    case chunk_decoder::state::more: return outcome::more;
    case chunk_decoder::state::done: return outcome::done;
    case chunk_decoder::state::refused: break;
  }
  return outcome::malformed;
}

void chunked_body::push(int fields) const {
  lua_State* L = state_;
  const chunk_decoder& decoder = check_decoder(L, at_);
  auto* body = static_cast<lua_bytes*>(lua_touserdata(L, at_ + 1));
  lua_pushlstring(L, body->data(), body->used);
  body->used = 0;
  if (decoder.trailer_count() == 0) return;
  lua_newtable(L);
  for (std::size_t i = 0; i < decoder.trailer_count(); ++i) add_field(L, decoder.trailer(i));
  const int trailers = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, trailers) != 0; lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    const bool known = lua_rawget(L, fields) != LUA_TNIL;
    lua_pop(L, 1);
    if (known) continue;
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, fields);
  }
  lua_pop(L, 1);
}

}  // namespace moonward::sandbox
