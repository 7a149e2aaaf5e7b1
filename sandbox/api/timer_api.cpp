// Timers and clocks.
#include "sandbox/api/libraries.hpp"
#include "sandbox/api/time.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>

namespace moonward::sandbox {

namespace {

constexpr const char* timer_type = "moonward.timer";

struct timer_handle {
  std::int32_t session;
};

int refused(lua_State* L, int function) {
  luaL_unref(L, LUA_REGISTRYINDEX, function);
  return luaL_error(L, "too many timers: %I (quota timers), or the tenant's memory is full",
                    static_cast<LUAI_UACINT>(actor::of(L).port().quota().timers));
}

// Anchors the function on top of the stack and starts its timer; the session.
std::int32_t add_timer(lua_State* L, std::uint64_t delay_ms, std::uint64_t period_ms) {
  actor& a = actor::of(L);
  const int function = luaL_ref(L, LUA_REGISTRYINDEX);
  bool added = false;
  std::int32_t session = 0;
  {
    host_section section{a.exec()};
    session = a.new_session();
    added = a.add_timeout(delay_ms, period_ms, function, session);
  }
  if (!added) refused(L, function);
  return session;
}

int timeout(lua_State* L) {
  const std::uint64_t ms = check_centiseconds(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  add_timer(L, ms, 0);
  return 0;
}

// -- clocks -----------------------------------------------------------------------------------

int now(lua_State* L) {
  actor& a = actor::of(L);
  std::uint64_t ms = 0;
  {
    host_section section{a.exec()};
    ms = a.port().now_ms();
  }
  lua_pushinteger(L, static_cast<lua_Integer>(ms / 10));
  return 1;
}

int hpc(lua_State* L) {
  actor& a = actor::of(L);
  std::uint64_t ns = 0;
  {
    host_section section{a.exec()};
    ns = a.port().monotonic_ns();
  }
  lua_pushinteger(L, static_cast<lua_Integer>(ns));
  return 1;
}

int starttime(lua_State* L) {
  actor& a = actor::of(L);
  std::uint64_t seconds = 0;
  {
    host_section section{a.exec()};
    seconds = a.port().start_time();
  }
  lua_pushinteger(L, static_cast<lua_Integer>(seconds));
  return 1;
}

int time(lua_State* L) {
  now(L);
  starttime(L);
  lua_pushnumber(L, lua_tonumber(L, -2) / 100 + lua_tonumber(L, -1));
  return 1;
}

constexpr std::array<luaL_Reg, 5> functions{
    {{"timeout", timeout}, {"now", now}, {"hpc", hpc}, {"starttime", starttime}, {"time", time}}};

// -- timer objects of `moonward` --------------------------------------------------------------

int cancel(lua_State* L) {
  auto& timer = *static_cast<timer_handle*>(luaL_checkudata(L, 1, timer_type));
  actor& a = actor::of(L);
  int function = 0;
  bool cancelled = false;
  {
    host_section section{a.exec()};
    cancelled = a.cancel_timeout(timer.session, function);
  }
  if (cancelled) luaL_unref(L, LUA_REGISTRYINDEX, function);
  lua_pushboolean(L, cancelled);
  return 1;
}

void push_timer(lua_State* L, std::int32_t session) {
  auto* timer = static_cast<timer_handle*>(lua_newuserdatauv(L, sizeof(timer_handle), 0));
  timer->session = session;
  if (luaL_newmetatable(L, timer_type) != 0) {
    lua_pushliteral(L, "moonward.timer");
    lua_setfield(L, -2, "__metatable");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, cancel);
    lua_setfield(L, -2, "cancel");
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
}

std::uint64_t check_seconds(lua_State* L, int index) {
  const lua_Number seconds = luaL_checknumber(L, index);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e10, index, "seconds from 0 to 1e10 expected");
  return static_cast<std::uint64_t>(seconds * 1000 + 0.5);
}

int start_timer(lua_State* L, bool periodic) {
  const std::uint64_t ms = check_seconds(L, 1);
  luaL_argcheck(L, !periodic || ms >= 1, 1, "a period of at least 0.001 seconds expected");
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  push_timer(L, 0);
  lua_insert(L, 2);
  const std::int32_t session = add_timer(L, ms, periodic ? ms : 0);
  static_cast<timer_handle*>(lua_touserdata(L, 2))->session = session;
  return 1;
}

}  // namespace

std::span<const luaL_Reg> timer_functions() { return functions; }

int timer_after(lua_State* L) { return start_timer(L, false); }
int timer_every(lua_State* L) { return start_timer(L, true); }

}  // namespace moonward::sandbox
