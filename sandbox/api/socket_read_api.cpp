// Reading from sockets.
#include "sandbox/api/socket_api.hpp"
#include "sandbox/vm/actor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace moonward::sandbox {

namespace {

// A separator is searched for outside the VM, where no kill reaches.
constexpr std::size_t longest_separator = 256;

enum lua_stack : int { id_at = 1, argument_at = 2 };

script_socket* find_socket(lua_State* L) {
  return actor::of(L).sockets().find(check_socket_id(L, id_at));
}

}  // namespace

void push_input(lua_State* L, std::uint64_t id, std::size_t bytes, std::size_t dropped) {
  actor& a = actor::of(L);
  const std::string_view front = a.sockets().find(id)->input.front();
  if (front.size() >= bytes) {
    lua_pushlstring(L, front.data(), bytes);
  } else {
    luaL_Buffer buffer;
    char* to = luaL_buffinitsize(L, &buffer, bytes);
    // Making room may have run a finalizer that reads, too.
    const script_socket* s = a.sockets().find(id);
    bytes = s != nullptr ? std::min(bytes, s->input.size()) : 0;
    if (bytes != 0) s->input.copy(to, bytes);
    luaL_pushresultsize(&buffer, bytes);
  }
  host_section section{a.exec()};
  a.sockets().take(a, id, bytes + dropped);
}

int wait_for_input(lua_State* L, std::uint64_t id, const input_wish& wish,
                   lua_KFunction continuation, lua_KContext context) {
  actor& a = actor::of(L);
  script_socket& s = *a.sockets().find(id);
  if (s.reader != 0)
    return luaL_error(L, "socket %I has a reader already: only one coroutine may wait for it",
                      static_cast<LUAI_UACINT>(id));
  a.check_can_wait(L);
  bool waits = false;
  {
    host_section section{a.exec()};
    s.reader = expect_wake_up(a);
    waits = s.reader != 0;
    if (waits) {
      s.goal = wish.goal;
      s.wanted_bytes = wish.bytes;
      s.separator = wish.separator;
      a.sockets().ask_for_more(a, id, s);
    }
  }
  if (!waits) return luaL_error(L, "not enough memory to wait");
  return a.wait(L, continuation, context);
}

namespace {

int wait_here(lua_State* L, const input_wish& wish, lua_KFunction continuation) {
  return wait_for_input(L, check_socket_id(L, id_at), wish, continuation, 0);
}

// false and what there is.
int push_rest(lua_State* L) {
  lua_pushboolean(L, 0);
  const script_socket* s = find_socket(L);
  if (s == nullptr || s->input.empty()) lua_pushliteral(L, "");
  else push_input(L, check_socket_id(L, id_at), s->input.size(), 0);
  return 2;
}

int read_on(lua_State* L, int status, lua_KContext);

int read_step(lua_State* L, const script_socket& s) {
  if (lua_isnil(L, argument_at)) {
    if (!s.input.empty()) {
      push_input(L, check_socket_id(L, id_at), s.input.size(), 0);
      return 1;
    }
    if (!s.goes_on()) return push_rest(L);
    return wait_here(L, {read_goal::anything, 0, {}}, read_on);
  }
  const lua_Integer wanted = luaL_checkinteger(L, argument_at);
  luaL_argcheck(L, wanted >= 0, argument_at, "a number of bytes expected");
  const auto bytes = static_cast<std::size_t>(wanted);
  if (s.input.size() >= bytes) {
    push_input(L, check_socket_id(L, id_at), bytes, 0);
    return 1;
  }
  if (!s.goes_on()) return push_rest(L);
  return wait_here(L, {read_goal::bytes, bytes, {}}, read_on);
}

int read_on(lua_State* L, int, lua_KContext) {
  const script_socket* s = find_socket(L);
  return s != nullptr ? read_step(L, *s) : push_rest(L);
}

int read(lua_State* L) {
  lua_settop(L, argument_at);
  return read_step(L, check_socket(L, id_at));
}

int readall_step(lua_State* L, const script_socket* s, bool waited) {
  if (s != nullptr && s->goes_on())
    return wait_here(L, {read_goal::end, 0, {}}, [](lua_State* state, int, lua_KContext) {
      return readall_step(state, find_socket(state), true);
    });
  if (s != nullptr && !s->input.empty())
    push_input(L, check_socket_id(L, id_at), s->input.size(), 0);
  else if (waited) lua_pushliteral(L, "");
  else lua_pushboolean(L, 0);
  return 1;
}

int readall(lua_State* L) {
  lua_settop(L, id_at);
  return readall_step(L, &check_socket(L, id_at), false);
}

int readline_on(lua_State* L, int, lua_KContext);

int readline_step(lua_State* L, script_socket& s) {
  std::size_t length = 0;
  const char* bytes = lua_tolstring(L, argument_at, &length);
  const std::string_view separator{bytes, length};
  std::size_t at = byte_queue::npos;
  {
    host_section section{actor::of(L).exec()};
    at = s.input.find(separator);
  }
  if (at != byte_queue::npos) {
    push_input(L, check_socket_id(L, id_at), at, length);
    return 1;
  }
  if (!s.goes_on()) return push_rest(L);
  return wait_here(L, {read_goal::separator, 0, separator}, readline_on);
}

int readline_on(lua_State* L, int, lua_KContext) {
  script_socket* s = find_socket(L);
  return s != nullptr ? readline_step(L, *s) : push_rest(L);
}

int readline(lua_State* L) {
  lua_settop(L, argument_at);
  (void)check_socket(L, id_at);
  if (lua_isnil(L, argument_at)) {
    lua_pushliteral(L, "\n");
    lua_replace(L, argument_at);
  }
  std::size_t length = 0;
  (void)luaL_checklstring(L, argument_at, &length);
  luaL_argcheck(L, length >= 1 && length <= longest_separator, argument_at,
                "a separator of 1 to 256 bytes expected");
  return readline_step(L, check_socket(L, id_at));
}

int push_connected(lua_State* L, int, lua_KContext) {
  const script_socket* s = find_socket(L);
  lua_pushboolean(L, s != nullptr && s->now == script_socket::state::connected);
  return 1;
}

int block(lua_State* L) {
  lua_settop(L, id_at);
  const script_socket* s = find_socket(L);
  if (s == nullptr || !s->goes_on() || !s->input.empty()) return push_connected(L, LUA_OK, 0);
  return wait_here(L, {read_goal::anything, 0, {}}, push_connected);
}

int pause(lua_State* L) {
  actor& a = actor::of(L);
  script_socket* s = find_socket(L);
  if (s == nullptr || s->paused) return 0;
  const std::uint64_t id = check_socket_id(L, id_at);
  host_section section{a.exec()};
  s->paused = true;
  (void)a.port().sockets().control(id, socket_op::pause);
  a.port().log(host_port::log_level::info, fmt::format("Pause socket ({})", id));
  return 0;
}

int limit(lua_State* L) {
  const lua_Integer bytes = luaL_optinteger(L, argument_at, 0);
  luaL_argcheck(L, bytes >= 0, argument_at, "a number of bytes expected");
  check_socket(L, id_at).limit_bytes = static_cast<std::uint64_t>(bytes);
  return 0;
}

constexpr std::array<luaL_Reg, 6> functions{{{"read", read},
                                             {"readall", readall},
                                             {"readline", readline},
                                             {"block", block},
                                             {"pause", pause},
                                             {"limit", limit}}};

}  // namespace

std::span<const luaL_Reg> socket_read_functions() { return functions; }

}  // namespace moonward::sandbox
