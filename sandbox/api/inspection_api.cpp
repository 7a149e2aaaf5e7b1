// What a service may know of itself: statistics, quotas and usage; and the module `moonward`.
#include "sandbox/api/libraries.hpp"
#include "sandbox/api/time.hpp"
#include "sandbox/vm/actor.hpp"

#include "policies/permission.hpp"

#include <array>
#include <chrono>
#include <cstring>

namespace moonward::sandbox {

namespace {

service_usage usage(lua_State* L) {
  actor& a = actor::of(L);
  host_section section{a.exec()};
  return a.port().usage();
}

int mqlen(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(usage(L).mailbox_messages));
  return 1;
}

int endless(lua_State* L) {
  lua_pushboolean(L, 0);  // what would be endless is pre-empted, and killed at its limit
  return 1;
}

int stat(lua_State* L) {
  const char* what = luaL_checkstring(L, 1);
  const service_usage u = usage(L);
  actor& a = actor::of(L);
  if (std::strcmp(what, "mqlen") == 0)
    lua_pushinteger(L, static_cast<lua_Integer>(u.mailbox_messages));
  else if (std::strcmp(what, "endless") == 0) lua_pushinteger(L, 0);
  else if (std::strcmp(what, "message") == 0)
    lua_pushinteger(L, static_cast<lua_Integer>(a.messages()));
  else if (std::strcmp(what, "cpu") == 0)
    lua_pushnumber(L, static_cast<lua_Number>(u.cpu_ns) / 1e9);
  else if (std::strcmp(what, "time") == 0) lua_pushnumber(L, 0);
  else
    return luaL_error(L, "skynet.stat: unknown \"%s\": use mqlen, endless, cpu, time or message",
                      what);
  return 1;
}

constexpr std::array<luaL_Reg, 3> functions{
    {{"mqlen", mqlen}, {"endless", endless}, {"stat", stat}}};

// -- moonward ---------------------------------------------------------------------------------

void set_integer(lua_State* L, const char* name, std::uint64_t value) {
  lua_pushinteger(L, static_cast<lua_Integer>(value));
  lua_setfield(L, -2, name);
}

void set_seconds(lua_State* L, const char* name, std::chrono::nanoseconds value) {
  lua_pushnumber(L, static_cast<lua_Number>(value.count()) / 1e9);
  lua_setfield(L, -2, name);
}

int quota(lua_State* L) {
  actor& a = actor::of(L);
  const policies::service_quota& q = a.port().quota();
  const policies::tenant_quota& t = a.port().tenant_quota();
  lua_createtable(L, 0, 16);
  set_integer(L, "memory", q.memory_bytes);
  set_seconds(L, "cpu_per_turn", q.cpu_per_turn);
  set_seconds(L, "cpu_per_c_call", q.cpu_per_c_call);
  if (q.instructions_per_turn) set_integer(L, "instructions_per_turn", *q.instructions_per_turn);
  set_integer(L, "mailbox_messages", q.mailbox_messages);
  set_integer(L, "mailbox_bytes", q.mailbox_bytes);
  set_integer(L, "message_bytes", q.message_bytes);
  set_integer(L, "message_depth", q.message_depth);
  set_integer(L, "source_bytes", q.source_bytes);
  set_integer(L, "coroutines", q.coroutines);
  set_integer(L, "timers", q.timers);
  lua_createtable(L, 0, 5);
  set_integer(L, "memory", t.memory_bytes);
  lua_pushnumber(L, t.cpu_cores);
  lua_setfield(L, -2, "cpu");
  set_integer(L, "weight", t.weight);
  set_integer(L, "services", t.services);
  set_integer(L, "sockets", t.sockets);
  lua_setfield(L, -2, "tenant");
  return 1;
}

int usage_table(lua_State* L) {
  const service_usage u = usage(L);
  lua_createtable(L, 0, 10);
  set_integer(L, "memory", u.memory_bytes);
  set_seconds(L, "cpu", std::chrono::nanoseconds{u.cpu_ns});
  set_integer(L, "messages", u.messages);
  set_integer(L, "mailbox_messages", u.mailbox_messages);
  set_integer(L, "mailbox_bytes", u.mailbox_bytes);
  set_integer(L, "coroutines", u.coroutines);
  set_integer(L, "timers", u.timers);
  set_integer(L, "sockets", u.sockets);
  lua_createtable(L, 0, 3);
  set_integer(L, "memory", u.tenant_memory_bytes);
  set_integer(L, "services", u.tenant_services);
  set_integer(L, "sockets", u.tenant_sockets);
  lua_setfield(L, -2, "tenant");
  return 1;
}

int now(lua_State* L) {
  actor& a = actor::of(L);
  std::uint64_t ns = 0;
  {
    host_section section{a.exec()};
    ns = a.port().monotonic_ns();
  }
  lua_pushnumber(L, static_cast<lua_Number>(ns) / 1e9);
  return 1;
}

int tenant(lua_State* L) {
  const std::string_view name = actor::of(L).port().tenant_name();
  lua_pushlstring(L, name.data(), name.size());
  return 1;
}

constexpr luaL_Reg moonward_functions[] = {{"quota", quota},
                                           {"usage", usage_table},
                                           {"now", now},
                                           {"sleep", sleep_seconds},
                                           {"after", timer_after},
                                           {"every", timer_every},
                                           {"call", call_with_deadline},
                                           {"tenant", tenant},
                                           {nullptr, nullptr}};

}  // namespace

std::span<const luaL_Reg> inspection_functions() { return functions; }

int open_moonward_library(lua_State* L) {
  lua_getglobal(L, "require");  // the message types are those of skynet
  lua_pushliteral(L, "skynet");
  lua_call(L, 1, 0);
  luaL_newlib(L, moonward_functions);
  return 1;
}

}  // namespace moonward::sandbox
