// Writing to sockets.
#include "sandbox/api/socket_api.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>
#include <string_view>

namespace moonward::sandbox {

namespace {

constexpr std::size_t pieces_on_stack = 32;

int written(lua_State* L, int, lua_KContext) {
  lua_pushboolean(L, is_writable(L, check_socket_id(L, 1)));
  return 1;
}

// The strings of the table at 2, in memory that Lua owns when there are many.
std::span<std::string_view> table_pieces(lua_State* L,
                                         std::span<std::string_view, pieces_on_stack> few) {
  const std::size_t count = lua_rawlen(L, 2);
  std::string_view* pieces = few.data();
  if (count > few.size()) {
    luaL_argcheck(L, count <= 1'000'000, 2, "too many pieces in one write");
    pieces =
        static_cast<std::string_view*>(lua_newuserdatauv(L, count * sizeof(std::string_view), 0));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (lua_rawgeti(L, 2, static_cast<lua_Integer>(i) + 1) != LUA_TSTRING)
      luaL_error(L, "write: piece %I of the table is a %s, not a string",
                 static_cast<LUAI_UACINT>(i + 1), luaL_typename(L, -1));
    std::size_t length = 0;
    const char* bytes = lua_tolstring(L, -1, &length);
    pieces[i] = {bytes, length};
    lua_pop(L, 1);  // the table keeps the string
  }
  return {pieces, count};
}

int write_with(lua_State* L, bool low) {
  const std::uint64_t id = check_socket_id(L, 1);
  std::array<std::string_view, pieces_on_stack> few;
  std::span<std::string_view> pieces;
  if (lua_istable(L, 2)) {
    pieces = table_pieces(L, few);
  } else {
    std::size_t length = 0;
    const char* bytes = luaL_checklstring(L, 2, &length);
    few[0] = {bytes, length};
    pieces = {few.data(), 1};
  }
  const write_outcome outcome = write_pieces(L, id, pieces, low);
  if (outcome == write_outcome::waits) return actor::of(L).wait(L, written, 0);
  lua_pushboolean(L, outcome == write_outcome::written);
  return 1;
}

int write(lua_State* L) { return write_with(L, false); }
int low_write(lua_State* L) { return write_with(L, true); }

// header(bytes) -> the big-endian number that they are.
int header(lua_State* L) {
  std::size_t length = 0;
  const char* bytes = luaL_checklstring(L, 1, &length);
  luaL_argcheck(L, length >= 1 && length <= 4, 1, "1 to 4 bytes expected");
  lua_Integer value = 0;
  for (std::size_t i = 0; i < length; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  lua_pushinteger(L, value);
  return 1;
}

constexpr std::array<luaL_Reg, 5> functions{{{"write", write},
                                             {"lwrite", low_write},
                                             {"send", write},
                                             {"lsend", low_write},
                                             {"header", header}}};

}  // namespace

write_outcome write_pieces(lua_State* L, std::uint64_t id, std::span<const std::string_view> pieces,
                           bool low) {
  actor& a = actor::of(L);
  const bool may_wait = can_wait(L);
  script_socket* s = a.sockets().find(id);
  // Who can't wait may fill the buffer twice, and not again before it is sent.
  if (!may_wait && s != nullptr && s->overfull) return write_outcome::failed;
  host_section section{a.exec()};
  const write_result result = a.port().sockets().write(id, pieces, low);
  if (result == write_result::closed || result == write_result::refused)
    return write_outcome::failed;
  if (result != write_result::overfull || s == nullptr) return write_outcome::written;
  s->overfull = true;
  const std::int32_t session = may_wait ? expect_wake_up(a) : 0;
  if (session == 0) return write_outcome::written;
  s->writers.push_back(session);
  return write_outcome::waits;
}

bool is_writable(lua_State* L, std::uint64_t id) {
  const script_socket* s = actor::of(L).sockets().find(id);
  return s != nullptr && s->error.empty();
}

std::span<const luaL_Reg> socket_write_functions() { return functions; }

}  // namespace moonward::sandbox
