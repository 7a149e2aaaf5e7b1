// require "skynet.core": what the Lua part of the script API is built on. Every function here is as
// safe for a stranger as those of `skynet`: what reaches another service asks for its permission.
#include "sandbox/api/libraries.hpp"
#include "sandbox/api/shipped_function.hpp"
#include "sandbox/env/registry_keys.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/coroutine_library.hpp"
#include "sandbox/vm/thread_mark.hpp"

#include <cstring>
#include <vector>

namespace moonward::sandbox {

namespace {

// sessions() -> list of {thread, session, kind, is_start}: what the service's tasks wait for; and
// of {function, session, kind}: timers that will start a task.
int sessions(lua_State* L) {
  static constexpr const char* kinds[] = {"none",     "call",     "sleep",  "wait",  "timeout",
                                          "periodic", "deadline", "module", "answer"};
  actor& a = actor::of(L);
  lua_newtable(L);
  lua_Integer row = 0;
  for (std::size_t i = 0; i < a.tasks().size(); ++i) {
    const task t = a.tasks()[i];
    if (t.waits == wait_kind::none) continue;
    lua_createtable(L, 3, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t.anchor);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, t.wait_session);
    lua_rawseti(L, -2, 2);
    lua_pushstring(L, kinds[static_cast<std::size_t>(t.waits)]);
    lua_rawseti(L, -2, 3);
    lua_pushboolean(L, t.is_start);
    lua_rawseti(L, -2, 4);
    lua_rawseti(L, -2, ++row);
  }
  // By place: a finalizer that runs meanwhile may change the table.
  for (std::size_t i = 0; i < a.sessions().places(); ++i) {
    const expectation e = a.sessions().place(i);
    if (e.session == 0 || (e.kind != wait_kind::timeout && e.kind != wait_kind::periodic)) continue;
    lua_createtable(L, 3, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, e.function);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, e.session);
    lua_rawseti(L, -2, 2);
    lua_pushstring(L, kinds[static_cast<std::size_t>(e.kind)]);
    lua_rawseti(L, -2, 3);
    lua_rawseti(L, -2, ++row);
  }
  return 1;
}

// source("module" | "service" | "file", name) -> text, path | nothing: the tenant's own code.
int source(lua_State* L) {
  static const char* const kinds[] = {"module", "service", "file", nullptr};
  const auto kind = static_cast<host_port::module_kind>(luaL_checkoption(L, 1, nullptr, kinds));
  std::size_t length = 0;
  const char* name = luaL_checklstring(L, 2, &length);
  actor& a = actor::of(L);
  module_source found;
  bool exists = false;
  {
    host_section section{a.exec()};
    exists = a.port().find_module(kind, {name, length}, found);
  }
  if (!exists) return 0;
  lua_pushlstring(L, found.text.data(), found.text.size());
  lua_pushlstring(L, found.chunk_name.data(), found.chunk_name.size());
  return 2;
}

// The host keeps the name for as long as the service lives.
constexpr std::size_t longest_service_name = 128;

int append(lua_State* L, const void* bytes, std::size_t size, void* ud) {
  auto& buffer = *static_cast<encode_buffer*>(ud);
  if (buffer.size() + size > actor::of(L).port().quota().source_bytes) return 1;
  if (!buffer.fits(size)) {
    host_section section{*execution::current()};
    if (!buffer.grow(size)) return 1;
  }
  buffer.append(bytes, size);
  return 0;
}

// The values from `first` on as text, joined by spaces, left on the stack: for people to read.
std::string_view describe_arguments(lua_State* L, int first) {
  const int last = lua_gettop(L);
  luaL_Buffer joined;
  luaL_buffinit(L, &joined);
  for (int i = first; i <= last; ++i) {
    if (i > first) luaL_addchar(&joined, ' ');
    luaL_tolstring(L, i, nullptr);
    luaL_addvalue(&joined);
  }
  luaL_pushresult(&joined);
  std::size_t length = 0;
  const char* text = lua_tolstring(L, -1, &length);
  return {text, length};
}

// spawn_function(name, f, …) -> address: a service whose main function is f, called with the other
// arguments. Its code travels inside the host; neither side sees bytecode.
int spawn_function(lua_State* L) {
  std::size_t name_length = 0;
  const char* name = luaL_checklstring(L, 1, &name_length);
  luaL_argcheck(L, name_length >= 1 && name_length <= longest_service_name, 1,
                "a name of 1 to 128 bytes expected");
  luaL_checktype(L, 2, LUA_TFUNCTION);
  luaL_argcheck(L, lua_iscfunction(L, 2) == 0, 2, "a Lua function expected");
  for (int i = 1;; ++i) {
    const char* upvalue = lua_getupvalue(L, 2, i);
    if (upvalue == nullptr) break;
    if (std::strcmp(upvalue, "_ENV") != 0)
      return luaL_error(L, "the service's function must not use the upvalue \"%s\"", upvalue);
    lua_pop(L, 1);
  }
  actor& a = actor::of(L);
  a.check_can_wait(L);
  const int last = lua_gettop(L);
  const std::string_view arguments = describe_arguments(L, 3);
  encode_buffer& buffer = a.buffer();
  const std::size_t begin = buffer.open();
  shipped_length length = 0;
  lua_pushvalue(L, 2);
  if (append(L, &length, sizeof length, &buffer) != 0 || lua_dump(L, append, &buffer, 0) != 0)
    return luaL_error(L, "the service's function is too large (quota source_bytes)");
  lua_pop(L, 1);
  length = static_cast<shipped_length>(buffer.size() - begin - sizeof length);
  buffer.overwrite(begin, &length, sizeof length);
  encode_values(L, 3, last, buffer, a.limits());
  return spawn_and_wait(L, {name, name_length}, arguments, buffer.from(begin));
}

void set_integer(lua_State* L, const char* name, std::uint64_t value) {
  lua_pushinteger(L, static_cast<lua_Integer>(value));
  lua_setfield(L, -2, name);
}

// Of the row nothing is read once Lua may have run a finalizer, which may list the services anew.
void push_row(lua_State* L, const service_row& row) {
  const handle id = row.id;
  const service_usage used = row.usage;
  lua_pushlstring(L, row.name.data(), row.name.size());
  lua_createtable(L, 0, 8);
  lua_insert(L, -2);
  lua_setfield(L, -2, "name");
  set_integer(L, "address", id);
  set_integer(L, "memory", used.memory_bytes);
  set_integer(L, "cpu_ns", used.cpu_ns);
  set_integer(L, "messages", used.messages);
  set_integer(L, "mailbox_messages", used.mailbox_messages);
}

int push_rows(lua_State* L) {
  const auto& rows = *static_cast<const std::vector<service_row>*>(lua_touserdata(L, 1));
  lua_createtable(L, static_cast<int>(rows.size()), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    push_row(L, rows[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  return 1;
}

// list() -> the services of the tenant; permission "debug", or a built-in service.
int list(lua_State* L) {
  actor& a = actor::of(L);
  if (!a.port().is_system()) check_permission(L, policies::permission::debug, "listing services");
  const std::vector<service_row>* rows = nullptr;
  {
    host_section section{a.exec()};
    rows = &a.port().list();
  }
  lua_pushcfunction(L, push_rows);
  lua_pushlightuserdata(L, const_cast<std::vector<service_row>*>(rows));
  lua_call(L, 1, 1);
  return 1;
}

// kill(address) -> boolean, for built-in services.
int kill(lua_State* L) {
  actor& a = actor::of(L);
  if (!a.port().is_system()) check_permission(L, policies::permission::kill, "killing a service");
  const handle id = check_address(L, 1);
  bool killed = false;
  {
    host_section section{a.exec()};
    killed = a.port().kill(id);
  }
  lua_pushboolean(L, killed);
  return 1;
}

// -- coroutines -------------------------------------------------------------------------------

lua_State* coroutine_argument(lua_State* L) {
  if (lua_isnone(L, 1)) return L;
  lua_State* co = lua_tothread(L, 1);
  luaL_argexpected(L, co != nullptr, 1, "coroutine");
  return co;
}

// status(co) -> as coroutine.status, but "blocked" for one that waits for the host.
int status(lua_State* L) {
  lua_pushstring(L, coroutine_status(L, coroutine_argument(L)));
  return 1;
}

// is_task([co]) -> true for the coroutine that a message, fork or timer runs in.
int is_task(lua_State* L) {
  lua_pushboolean(L, thread_mark::of(coroutine_argument(L)).is_root());
  return 1;
}

// task() -> the coroutine of the running task.
int current_task(lua_State* L) {
  const task* t = actor::of(L).current_task();
  if (t == nullptr) return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, t->anchor);
  return 1;
}

// task_local([value]) -> the value that goes with the running task; sets it when given.
int task_local(lua_State* L) {
  task* t = actor::of(L).current_task();
  if (t == nullptr) return 0;
  if (lua_gettop(L) == 0) {
    if (t->local == 0) return 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->local);
    return 1;
  }
  lua_settop(L, 1);
  if (!lua_isnil(L, 1)) {
    if (t->local != 0) lua_rawseti(L, LUA_REGISTRYINDEX, t->local);
    else t->local = luaL_ref(L, LUA_REGISTRYINDEX);
  } else if (t->local != 0) {
    luaL_unref(L, LUA_REGISTRYINDEX, t->local);
    t->local = 0;
  }
  return 0;
}

// -- clocks of tasks --------------------------------------------------------------------------

task& check_task(lua_State* L) {
  task* t = actor::of(L).find_task(coroutine_argument(L));
  if (t == nullptr) luaL_argerror(L, 1, "the coroutine of a task expected");
  return *t;
}

int push_clock(lua_State* L, const task& t) {
  actor& a = actor::of(L);
  std::uint64_t ns = t.clock_ns;
  if (&t == a.current_task()) {
    host_section section{a.exec()};
    ns += a.port().cpu_ns() - t.clock_since_ns;
  }
  lua_pushnumber(L, static_cast<lua_Number>(ns) / 1e9);
  return 1;
}

// start_clock([co]) -> seconds: from now on the task's CPU time is measured.
int start_clock(lua_State* L) {
  task& t = check_task(L);
  actor& a = actor::of(L);
  if (!t.clocked) {
    host_section section{a.exec()};
    t.clocked = true;
    t.clock_since_ns = a.port().cpu_ns();
  }
  return push_clock(L, t);
}

// clock([co]) -> CPU seconds of the task since its clock was started, nothing when it wasn't.
int clock(lua_State* L) {
  const task* t = actor::of(L).find_task(coroutine_argument(L));
  return t != nullptr && t->clocked ? push_clock(L, *t) : 0;
}

// cpu() -> CPU seconds of this service up to now.
int cpu(lua_State* L) {
  actor& a = actor::of(L);
  std::uint64_t ns = 0;
  {
    host_section section{a.exec()};
    ns = a.port().cpu_ns();
  }
  lua_pushnumber(L, static_cast<lua_Number>(ns) / 1e9);
  return 1;
}

// -- raw messages -----------------------------------------------------------------------------

// set_filter(f | nil): f(type, message, size, session, source) sees each message of services first.
int set_filter(lua_State* L) {
  actor& a = actor::of(L);
  lua_settop(L, 1);
  int anchor = 0;
  if (!lua_isnil(L, 1)) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  a.set_filter(anchor);
  return 0;
}

// inject(type, message, size, session, source): dispatches a message as if it had just arrived.
int inject(lua_State* L) {
  const lua_Integer type = luaL_checkinteger(L, 1);
  luaL_argcheck(L, type >= 0 && type <= 255, 1, "a message type from 0 to 255 expected");
  const std::string_view payload = check_payload(L, 2);
  const lua_Integer session = luaL_optinteger(L, 4, 0);
  const auto from = static_cast<handle>(luaL_optinteger(L, 5, 0));
  actor& a = actor::of(L);
  bool queued = false;
  {
    host_section section{a.exec()};
    message* m = make_message(payload, &a.port().account());
    if (m != nullptr) {
      m->type = static_cast<message_type>(type);
      m->session = static_cast<std::int32_t>(session);
      m->source = from;
      a.inject(m);
      queued = true;
    }
  }
  lua_pushboolean(L, queued);
  return 1;
}

// set_unknown("request" | "response", f | nil): f gets what nothing in the service waits for.
int set_unknown(lua_State* L) {
  static const char* const kinds[] = {"request", "response", nullptr};
  actor& a = actor::of(L);
  int& handler = luaL_checkoption(L, 1, nullptr, kinds) == 0 ? a.unknown_request_handler()
                                                             : a.unknown_response_handler();
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  const int replaced = handler;
  handler = 0;
  if (replaced != 0) luaL_unref(L, LUA_REGISTRYINDEX, replaced);
  if (!lua_isnil(L, 2)) handler = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

// -- limits and permissions -------------------------------------------------------------------

// permitted(name) -> whether the tenant has the permission.
int permitted(lua_State* L) {
  std::size_t length = 0;
  const char* name = luaL_checklstring(L, 1, &length);
  const auto known = policies::permission_from({name, length});
  luaL_argcheck(L, known.has_value(), 1, "the name of a permission expected");
  lua_pushboolean(L, actor::of(L).port().tenant_quota().permissions.has(*known));
  return 1;
}

// set_memory_limit(bytes): the heap's cap, never above the quota.
int set_memory_limit(lua_State* L) {
  const lua_Integer bytes = luaL_checkinteger(L, 1);
  luaL_argcheck(L, bytes > 0, 1, "a number of bytes expected");
  actor::of(L).limit_memory(static_cast<std::uint64_t>(bytes));
  return 0;
}

// -- upvalues, of Lua functions alone ---------------------------------------------------------

void check_upvalue(lua_State* L, int function, int index) {
  luaL_checktype(L, function, LUA_TFUNCTION);
  luaL_argcheck(L, lua_iscfunction(L, function) == 0, function, "a Lua function expected");
  const auto n = static_cast<int>(luaL_checkinteger(L, index));
  luaL_argcheck(L, lua_upvalueid(L, function, n) != nullptr, index, "no such upvalue");
}

// is_lua(f) -> whether f is a function written in Lua.
int is_lua(lua_State* L) {
  lua_pushboolean(L, lua_isfunction(L, 1) && lua_iscfunction(L, 1) == 0);
  return 1;
}

// upvalue(f, i) -> name, value, identity | nothing
int upvalue(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  const auto index = static_cast<int>(luaL_checkinteger(L, 2));
  if (lua_iscfunction(L, 1) != 0) return 0;
  const char* name = lua_getupvalue(L, 1, index);
  if (name == nullptr) return 0;
  lua_pushstring(L, name);
  lua_insert(L, -2);
  const std::uint64_t identity = actor::of(L).shown_address(lua_upvalueid(L, 1, index));
  lua_pushinteger(L, static_cast<lua_Integer>(identity));
  return 3;
}

// join_upvalue(f, i, g, j): f's upvalue is g's from now on.
int join_upvalue(lua_State* L) {
  check_upvalue(L, 1, 2);
  check_upvalue(L, 3, 4);
  lua_upvaluejoin(L, 1, static_cast<int>(lua_tointeger(L, 2)), 3,
                  static_cast<int>(lua_tointeger(L, 4)));
  return 0;
}

constexpr luaL_Reg functions[] = {{"sessions", sessions},
                                  {"ask", ask},
                                  {"forget", forget_answer},
                                  {"on_answer", on_answer},
                                  {"task_local", task_local},
                                  {"start_clock", start_clock},
                                  {"clock", clock},
                                  {"set_unknown", set_unknown},
                                  {"permitted", permitted},
                                  {"set_memory_limit", set_memory_limit},
                                  {"is_lua", is_lua},
                                  {"upvalue", upvalue},
                                  {"join_upvalue", join_upvalue},
                                  {"source", source},
                                  {"spawn_function", spawn_function},
                                  {"list", list},
                                  {"kill", kill},
                                  {"status", status},
                                  {"is_task", is_task},
                                  {"task", current_task},
                                  {"cpu", cpu},
                                  {"set_filter", set_filter},
                                  {"inject", inject},
                                  {nullptr, nullptr}};

}  // namespace

int open_core_library(lua_State* L) {
  luaL_newlib(L, functions);
  return 1;
}

}  // namespace moonward::sandbox
