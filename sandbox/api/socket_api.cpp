// require "skynet.socketdriver": the native part of `skynet.socket`, and what of Skynet's driver
// can be had without raw pointers.
#include "sandbox/api/socket_api.hpp"

#include "sandbox/api/libraries.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/thread_mark.hpp"

#include <utility>

namespace moonward::sandbox {

std::uint64_t check_socket_id(lua_State* L, int index) {
  return static_cast<std::uint64_t>(luaL_checkinteger(L, index));
}

script_socket& check_socket(lua_State* L, int index) {
  const std::uint64_t id = check_socket_id(L, index);
  script_socket* s = actor::of(L).sockets().find(id);
  if (s == nullptr)
    luaL_error(L, "socket %I is not open in this service: open or start it first",
               static_cast<LUAI_UACINT>(id));
  return *s;
}

bool can_wait(lua_State* L) {
  return lua_isyieldable(L) != 0 && !thread_mark::of(L).chain_unyieldable() &&
         actor::of(L).current_task() != nullptr;
}

std::int32_t expect_wake_up(actor& a) noexcept {
  const std::int32_t session = a.new_session();
  return a.expect(wait_kind::token, session, 0) ? session : 0;
}

void release_callback(lua_State* L, int& reference) {
  const int released = std::exchange(reference, 0);
  if (released != 0) luaL_unref(L, LUA_REGISTRYINDEX, released);
}

int open_socket_library(lua_State* L) {
  lua_newtable(L);
  for (const auto functions :
       {socket_open_functions(), socket_read_functions(), socket_write_functions()})
    for (const luaL_Reg& f : functions) {
      lua_pushcfunction(L, f.func);
      lua_setfield(L, -2, f.name);
    }
  return 1;
}

}  // namespace moonward::sandbox
