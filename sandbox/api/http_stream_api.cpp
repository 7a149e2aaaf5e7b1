// Readers and writers: functions that know their socket.
#include "sandbox/api/http_api.hpp"
#include "sandbox/api/socket_api.hpp"
#include "sandbox/vm/actor.hpp"

#include <algorithm>
#include <array>

namespace moonward::sandbox {

namespace {

enum upvalue : int { socket_at = 1, error_at = 2, function_at = 3 };

int raise_error(lua_State* L, lua_Integer socket, const char* what) {
  // The object socket_error is on top; its text is told once, by tostring.
  lua_pushliteral(L, "err_info");
  lua_pushfstring(L, "[Socket Error] : %s failed fd = %I", what, static_cast<LUAI_UACINT>(socket));
  lua_rawset(L, -3);
  return lua_error(L);
}

int raise_own_error(lua_State* L, const char* what) {
  lua_pushvalue(L, lua_upvalueindex(error_at));
  return raise_error(L, lua_tointeger(L, lua_upvalueindex(socket_at)), what);
}

int bytes_read(lua_State* L, int, lua_KContext) {
  if (lua_toboolean(L, -1) == 0) return raise_own_error(L, "read");
  return 1;
}

// reader([size]) -> bytes, as socket.read; raises socket_error at the end.
int read_bytes(lua_State* L) {
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(function_at));
  lua_pushvalue(L, lua_upvalueindex(socket_at));
  lua_pushvalue(L, 1);
  lua_callk(L, 2, 1, 0, bytes_read);
  return bytes_read(L, LUA_OK, 0);
}

int bytes_written(lua_State* L, int, lua_KContext) {
  if (lua_toboolean(L, -1) == 0) return raise_own_error(L, "write");
  return 0;
}

// writer(bytes), as socket.write; raises socket_error when the socket is closed.
int write_bytes(lua_State* L) {
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(function_at));
  lua_pushvalue(L, lua_upvalueindex(socket_at));
  lua_pushvalue(L, 1);
  lua_callk(L, 2, 1, 0, bytes_written);
  return bytes_written(L, LUA_OK, 0);
}

lua_CFunction find_function(std::span<const luaL_Reg> functions, std::string_view name) {
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const luaL_Reg& f) { return name == f.name; });
  return found != functions.end() ? found->func : nullptr;
}

// reader(socket, socket_error) -> function
int reader(lua_State* L) {
  (void)check_socket_id(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushcfunction(L, find_function(socket_read_functions(), "read"));
  lua_pushcclosure(L, read_bytes, 3);
  return 1;
}

// writer(socket, socket_error) -> function
int writer(lua_State* L) {
  (void)check_socket_id(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushcfunction(L, find_function(socket_write_functions(), "write"));
  lua_pushcclosure(L, write_bytes, 3);
  return 1;
}

std::optional<std::uint64_t> socket_of(lua_State* L, int index, lua_CFunction kind) {
  if (lua_tocfunction(L, index) != kind) return std::nullopt;
  (void)lua_getupvalue(L, index, socket_at);
  const auto socket = static_cast<std::uint64_t>(lua_tointeger(L, -1));
  lua_pop(L, 1);
  return socket;
}

constexpr std::array<luaL_Reg, 2> functions{{{"reader", reader}, {"writer", writer}}};

}  // namespace

std::optional<std::uint64_t> reader_socket(lua_State* L, int index) {
  return socket_of(L, index, read_bytes);
}

std::optional<std::uint64_t> writer_socket(lua_State* L, int index) {
  return socket_of(L, index, write_bytes);
}

int raise_socket_error(lua_State* L, int index, const char* what) {
  (void)lua_getupvalue(L, index, socket_at);
  const lua_Integer socket = lua_tointeger(L, -1);
  lua_pop(L, 1);
  (void)lua_getupvalue(L, index, error_at);
  return raise_error(L, socket, what);
}

std::span<const luaL_Reg> http_stream_functions() { return functions; }

}  // namespace moonward::sandbox
