// Services: making, naming and ending them; the environment and the log.
#include "sandbox/api/libraries.hpp"
#include "sandbox/env/registry_keys.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>
#include <cstdio>
#include <string>

namespace moonward::sandbox {

namespace {

int self(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(actor::of(L).port().self()));
  return 1;
}

int address(lua_State* L) {
  if (lua_isinteger(L, 1) == 0) {
    luaL_tolstring(L, 1, nullptr);
    return 1;
  }
  char text[32];
  std::snprintf(text, sizeof text, ":%08llx", static_cast<unsigned long long>(lua_tointeger(L, 1)));
  lua_pushstring(L, text);
  return 1;
}

int localname(lua_State* L) {
  luaL_checkstring(L, 1);
  const handle id = check_address(L, 1);
  if (id == 0) return 0;
  lua_pushinteger(L, static_cast<lua_Integer>(id));
  return 1;
}

int harbor(lua_State* L) {
  (void)check_address(L, 1);
  lua_pushinteger(L, 0);  // a single node
  lua_pushboolean(L, 0);
  return 2;
}

// -- newservice -------------------------------------------------------------------------------

int service_started(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  if (t.woke != wake_reason::answered) return raise_failure(L, "call failed");
  const int values = decode_values(L, t.delivered->text());
  host_section section{a.exec()};
  a.drop_delivered();
  return values;
}

}  // namespace

int spawn_and_wait(lua_State* L, std::string_view name, std::string_view arguments,
                   std::string_view code) {
  actor& a = actor::of(L);
  char why[256] = "";
  handle id = 0;
  {
    host_section section{a.exec()};
    const std::int32_t session = a.new_session();
    std::string reason;
    if (!a.expect(wait_kind::call, session, 0)) reason = "not enough memory";
    else id = a.port().spawn({name, arguments, code, session}, reason);
    if (id == 0) {
      a.unexpect();
      std::snprintf(why, sizeof why, "%s", reason.c_str());
    }
  }
  if (id == 0) return luaL_error(L, "newservice \"%s\": %s", name.data(), why);
  return a.wait(L, service_started, 0);
}

namespace {

int newservice(lua_State* L) {
  std::size_t length = 0;
  const char* name = luaL_checklstring(L, 1, &length);
  actor& a = actor::of(L);
  a.check_can_wait(L);
  const std::string_view arguments = push_joined(L, 2, ' ');
  // The host keeps them for as long as the service lives.
  if (const std::uint64_t limit = a.limits().message_bytes; arguments.size() > limit)
    return luaL_error(L,
                      "newservice \"%s\": the arguments are larger than %I bytes (quota "
                      "message_bytes)",
                      name, static_cast<LUAI_UACINT>(limit));
  return spawn_and_wait(L, {name, length}, arguments, {});
}

// -- ending -----------------------------------------------------------------------------------

int kill(lua_State* L) {
  check_permission(L, policies::permission::kill, "skynet.kill");
  const handle id = check_address(L, 1);
  actor& a = actor::of(L);
  bool killed = false;
  {
    host_section section{a.exec()};
    killed = a.port().kill(id);
  }
  lua_pushboolean(L, killed);
  return 1;
}

int abort(lua_State* L) {
  check_permission(L, policies::permission::abort, "skynet.abort");
  actor& a = actor::of(L);
  host_section section{a.exec()};
  a.port().abort_tenant();
  return 0;
}

int term(lua_State* L) {
  const handle id = check_address(L, 1);
  actor& a = actor::of(L);
  host_section section{a.exec()};
  a.service_died(id, nullptr);
  return 0;
}

int monitor(lua_State* L) {
  check_permission(L, policies::permission::monitor, "skynet.monitor");
  const handle id = check_address(L, 1);
  actor& a = actor::of(L);
  handle watching = 0;
  {
    host_section section{a.exec()};
    watching = a.port().set_monitor(id);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(watching));
  return 1;
}

// -- names ------------------------------------------------------------------------------------

// The host remembers each name while its service lives.
constexpr lua_Integer most_names = 256;

// Counts the names that this service has given: the set of them, with their number at 1, is in the
// registry. Raises at the limit.
void count_name(lua_State* L, int index) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key::names) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key::names);
  }
  lua_pushvalue(L, index);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_rawgeti(L, -2, 1);
    const lua_Integer count = lua_tointeger(L, -1);
    if (count >= most_names)
      luaL_error(L, "this service has given %I names already", static_cast<LUAI_UACINT>(count));
    lua_pushinteger(L, count + 1);
    lua_rawseti(L, -4, 1);
    lua_pushvalue(L, index);
    lua_pushboolean(L, 1);
    lua_rawset(L, -5);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

int set_name(lua_State* L, int index, handle id) {
  std::size_t length = 0;
  const char* name = luaL_checklstring(L, index, &length);
  if (name[0] != '.' || id != actor::of(L).port().self())
    check_permission(L, policies::permission::register_global,
                     name[0] == '.' ? "naming another service" : "a global name");
  if (length < 1 || length > 64) return luaL_error(L, "name \"%s\": 1 to 64 bytes expected", name);
  if (name[0] != '.' && (name[0] == ':' || lua_isnumber(L, index) != 0))
    return luaL_error(L, "Invalid global name %s", name);
  count_name(L, index);
  actor& a = actor::of(L);
  host_section section{a.exec()};
  (void)a.port().register_name({name, length}, id);  // the first registration keeps the name
  return 0;
}

int register_name(lua_State* L) { return set_name(L, 1, actor::of(L).port().self()); }

int name(lua_State* L) { return set_name(L, 1, check_address(L, 2)); }

int launch(lua_State* L) {
  check_permission(L, policies::permission::launch, "skynet.launch");
  return luaL_error(L, "skynet.launch: there is no native service \"%s\" in this host",
                    luaL_checkstring(L, 1));
}

// -- environment and log ----------------------------------------------------------------------

int getenv(lua_State* L) {
  std::size_t length = 0;
  const char* key = luaL_checklstring(L, 1, &length);
  actor& a = actor::of(L);
  const std::string* value = nullptr;
  {
    host_section section{a.exec()};
    value = a.port().find_env({key, length});
  }
  if (value == nullptr) return 0;
  lua_pushlstring(L, value->data(), value->size());
  return 1;
}

int setenv(lua_State* L) {
  check_permission(L, policies::permission::setenv, "skynet.setenv");
  std::size_t key_length = 0;
  std::size_t value_length = 0;
  const char* key = luaL_checklstring(L, 1, &key_length);
  const char* value = luaL_checklstring(L, 2, &value_length);
  actor& a = actor::of(L);
  bool set = false;
  {
    host_section section{a.exec()};
    set = a.port().set_env({key, key_length}, {value, value_length});
  }
  if (!set) return luaL_error(L, "Can't setenv exist key : %s", key);
  return 0;
}

int error(lua_State* L) {
  const std::string_view text = push_joined(L, 1, ' ');
  actor& a = actor::of(L);
  host_section section{a.exec()};
  a.port().log(host_port::log_level::info, text);
  return 0;
}

constexpr std::array<luaL_Reg, 15> functions{{{"self", self},
                                              {"address", address},
                                              {"localname", localname},
                                              {"harbor", harbor},
                                              {"newservice", newservice},
                                              {"kill", kill},
                                              {"abort", abort},
                                              {"term", term},
                                              {"monitor", monitor},
                                              {"register", register_name},
                                              {"name", name},
                                              {"launch", launch},
                                              {"getenv", getenv},
                                              {"setenv", setenv},
                                              {"error", error}}};

}  // namespace

std::span<const luaL_Reg> service_functions() { return functions; }

}  // namespace moonward::sandbox
