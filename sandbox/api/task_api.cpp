// Starting, forking, waiting and waking tasks; the end of a service.
#include "sandbox/api/libraries.hpp"
#include "sandbox/api/time.hpp"
#include "sandbox/env/registry_keys.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/coroutine_library.hpp"
#include "sandbox/vm/thread_mark.hpp"

#include <array>
#include <cstdio>
#include <cstring>

namespace moonward::sandbox {

namespace {

int start(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  actor& a = actor::of(L);
  if (a.start_pending() || a.initialised())
    return luaL_error(L, "skynet.start was called already in this service");
  lua_settop(L, 1);
  a.set_start_function(luaL_ref(L, LUA_REGISTRYINDEX));
  return 0;
}

int init(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key::init_hooks) != LUA_TTABLE) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key::init_hooks);
  }
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
  return 0;
}

int never(lua_State* L, int, lua_KContext) { return luaL_error(L, "the service has exited"); }

int exit(lua_State* L) {
  actor& a = actor::of(L);
  a.check_can_wait(L);
  {
    host_section section{a.exec()};
    a.current_task()->wait_session = exit_session;
    a.request_exit();
  }
  return a.wait(L, never, 0);
}

// -- fork -------------------------------------------------------------------------------------

// The next fork must find a coroutine: made here, where running out of memory is the script's
// error.
void prepare_coroutine(lua_State* L, actor& a) {
  if (a.has_idle_task()) return;
  const std::uint64_t limit = a.port().quota().coroutines;
  if (a.coroutines() >= limit)
    luaL_error(L, "too many coroutines: %I (quota coroutines)", static_cast<LUAI_UACINT>(limit));
  lua_State* co = lua_newthread(L);
  thread_mark::of(co).set_root();
  const int anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  host_section section{a.exec()};
  a.adopt_coroutine(co, anchor);
}

int fork(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  actor& a = actor::of(L);
  prepare_coroutine(L, a);
  const int count = lua_gettop(L) - 1;
  if (count > 0) {
    lua_createtable(L, count + 1, 1);
    lua_insert(L, 1);
    for (int i = count + 1; i >= 1; --i) lua_rawseti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
  }
  const int anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  int coroutine = 0;
  {
    host_section section{a.exec()};
    coroutine = a.fork(anchor).anchor;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, coroutine);
  return 1;
}

// -- wake-up tokens ---------------------------------------------------------------------------

// Table token -> light userdata of the task that waits with it.
void push_tokens(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key::tokens) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key::tokens);
}

// Leaves the token (default: the running coroutine) alone on the stack, entered for the task.
void enter_token(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) lua_pushthread(L);
  else lua_pushvalue(L, index);
  lua_insert(L, 1);
  lua_settop(L, 1);
  push_tokens(L);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, 2) != LUA_TNIL) luaL_error(L, "token duplicative");
  lua_pushvalue(L, 1);
  lua_pushlightuserdata(L, actor::of(L).current_task());
  lua_rawset(L, 2);
  lua_settop(L, 1);
}

void leave_token(lua_State* L) {
  push_tokens(L);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  lua_rawset(L, -3);
  lua_settop(L, 1);
}

int woken(lua_State* L, int, lua_KContext) {
  const bool broken = actor::of(L).current_task()->woke == wake_reason::woken;
  leave_token(L);
  if (!broken) return 0;
  lua_pushliteral(L, "BREAK");
  return 1;
}

int waited(lua_State* L, int, lua_KContext) {
  leave_token(L);
  return 0;
}

int sleep_ms(lua_State* L, std::uint64_t ms, int token_index) {
  actor& a = actor::of(L);
  a.check_can_wait(L);
  enter_token(L, token_index);
  bool sleeps = false;
  {
    host_section section{a.exec()};
    const std::int32_t session = a.new_session();
    sleeps = a.expect(wait_kind::sleep, session, 0);
    if (sleeps && !a.port().add_timer(session, ms, 0)) {
      a.unexpect();
      sleeps = false;
    }
  }
  if (!sleeps) {
    leave_token(L);
    return luaL_error(L, "too many timers: %I (quota timers), or the tenant's memory is full",
                      static_cast<LUAI_UACINT>(a.port().quota().timers));
  }
  return a.wait(L, woken, 0);
}

int sleep(lua_State* L) { return sleep_ms(L, check_centiseconds(L, 1), 2); }

int yield(lua_State* L) {
  lua_settop(L, 0);
  return sleep_ms(L, 0, 1);
}

int wait(lua_State* L) {
  actor& a = actor::of(L);
  a.check_can_wait(L);
  enter_token(L, 1);
  bool waits = false;
  {
    host_section section{a.exec()};
    waits = a.expect(wait_kind::token, a.new_session(), 0);
  }
  if (!waits) {
    leave_token(L);
    return luaL_error(L, "not enough memory");
  }
  return a.wait(L, waited, 0);
}

int wakeup(lua_State* L) {
  luaL_checkany(L, 1);
  actor& a = actor::of(L);
  push_tokens(L);
  lua_pushvalue(L, 1);
  lua_rawget(L, -2);
  auto* t = static_cast<task*>(lua_touserdata(L, -1));
  if (t == nullptr) return 0;
  {
    host_section section{a.exec()};
    a.wake(*t, wake_reason::woken);
  }
  lua_pushboolean(L, 1);
  return 1;
}

// -- killthread -------------------------------------------------------------------------------

// Drops the tokens of a task that is no more.
void forget_tokens(lua_State* L, const task* dead) {
  push_tokens(L);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const bool same = lua_touserdata(L, -1) == dead;
    lua_pop(L, 1);
    if (!same) continue;
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, -4);
  }
  lua_pop(L, 1);
}

bool name_contains(lua_State* L, int anchor, const char* part) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, anchor);
  const bool found = std::strstr(luaL_tolstring(L, -1, nullptr), part) != nullptr;
  lua_pop(L, 2);
  return found;
}

lua_State* thread_argument(lua_State* L, actor& a) {
  if (lua_isthread(L, 1)) return lua_tothread(L, 1);
  const char* part = luaL_checkstring(L, 1);
  for (std::size_t i = 0; i < a.tasks().size(); ++i) {
    const task& t = a.tasks()[i];
    lua_State* co = t.coroutine;  // a finalizer may end the task while its name is made
    if (co != nullptr && t.waits != wait_kind::none && name_contains(L, t.anchor, part)) return co;
  }
  return nullptr;
}

// It is being closed: its to-be-closed variables run, and one of them may want to kill it.
bool runs(lua_State* co) {
  lua_Debug record;
  return lua_status(co) == LUA_OK && lua_getstack(co, 0, &record) != 0;
}

int killthread(lua_State* L) {
  actor& a = actor::of(L);
  lua_State* co = thread_argument(L, a);
  if (co == nullptr || runs(co)) return 0;
  task* dead = a.find_task(co);
  // Who loads the module it waits for will want to wake it.
  if (dead == nullptr || dead->waits == wait_kind::module) return 0;
  bool forgotten = false;
  {
    host_section section{a.exec()};
    forgotten = a.forget_task(co);
  }
  if (!forgotten) return 0;
  forget_tokens(L, dead);
  lua_rawgeti(L, LUA_REGISTRYINDEX, dead->anchor);
  execution& e = a.exec();
  e.set_running(co);
  lua_closethread(co, L);
  lua_settop(co, 0);
  e.set_running(L);
  host_section section{a.exec()};
  a.reuse_task(*dead);
  return 1;
}

constexpr std::array<luaL_Reg, 9> functions{{{"start", start},
                                             {"init", init},
                                             {"exit", exit},
                                             {"fork", fork},
                                             {"sleep", sleep},
                                             {"yield", yield},
                                             {"wait", wait},
                                             {"wakeup", wakeup},
                                             {"killthread", killthread}}};

}  // namespace

std::span<const luaL_Reg> task_functions() { return functions; }

int sleep_seconds(lua_State* L) {
  const lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e10, 1, "seconds from 0 to 1e10 expected");
  return sleep_ms(L, static_cast<std::uint64_t>(seconds * 1000 + 0.5), 2);
}

}  // namespace moonward::sandbox
