#include "sandbox/vm/coroutine_library.hpp"

#include "sandbox/vm/actor.hpp"

#include <cstring>

namespace moonward::sandbox {

namespace {

lua_State* coroutine_argument(lua_State* L) {
  lua_State* co = lua_tothread(L, 1);
  luaL_argexpected(L, co != nullptr, 1, "coroutine");
  return co;
}

// What one lua_resume of `co` gave: >= 0 results moved to L, -1 an error message moved to L,
// -2 the host wants everything below to yield too.
constexpr int error_moved = -1;
constexpr int host_yields = -2;

bool resumable(lua_State* co) {
  if (lua_status(co) == LUA_YIELD) return true;
  lua_Debug record;
  return lua_status(co) == LUA_OK && lua_getstack(co, 0, &record) == 0;
}

int resume_once(lua_State* L, lua_State* co, int arguments) {
  execution& e = actor::of(L).exec();
  thread_mark& mark = thread_mark::of(co);
  if (resumable(co)) {  // else it may be one that runs: lua_resume refuses below
    mark.set_blocked(false);
    mark.set_chain_unyieldable(lua_isyieldable(L) == 0 || thread_mark::of(L).chain_unyieldable());
  }
  e.charge_instructions(L, 10);
  int results = 0;
  e.set_running(co);
  const int status = lua_resume(co, L, arguments, &results);
  e.set_running(L);
  if (status == LUA_YIELD && e.suspended != suspension::none) {
    mark.set_blocked(true);
    return host_yields;
  }
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return error_moved;
  }
  if (lua_checkstack(L, results + 1) == 0) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return error_moved;
  }
  lua_xmove(co, L, results);
  return results;
}

// The checks of lua_resume that must not reach it, because the answer is the script's.
int start_resume(lua_State* L, lua_State* co, int arguments) {
  if (lua_checkstack(co, arguments) == 0) {
    lua_pushliteral(L, "too many arguments to resume");
    return error_moved;
  }
  if (thread_mark::of(co).is_root() || thread_mark::of(co).blocked()) {
    lua_pushliteral(L, "cannot resume non-suspended coroutine");
    return error_moved;
  }
  lua_xmove(L, co, arguments);
  return resume_once(L, co, arguments);
}

int yield_below(lua_State* L, lua_State* co, lua_KFunction continuation) {
  return lua_yieldk(L, 0, reinterpret_cast<lua_KContext>(co), continuation);
}

// -- resume -----------------------------------------------------------------------------------

int resume_continued(lua_State* L, int, lua_KContext context);

int finish_resume(lua_State* L, lua_State* co, int outcome) {
  if (outcome == host_yields) return yield_below(L, co, resume_continued);
  const int values = outcome == error_moved ? 1 : outcome;
  lua_pushboolean(L, outcome != error_moved);
  lua_insert(L, -(values + 1));
  return values + 1;
}

int resume_continued(lua_State* L, int, lua_KContext context) {
  auto* co = reinterpret_cast<lua_State*>(context);
  return finish_resume(L, co, resume_once(L, co, 0));
}

int resume(lua_State* L) {
  lua_State* co = coroutine_argument(L);
  return resume_coroutine(L, co, lua_gettop(L) - 1);
}

// -- wrap -------------------------------------------------------------------------------------

int wrap_continued(lua_State* L, int, lua_KContext context);

int finish_wrap(lua_State* L, lua_State* co, int outcome) {
  if (outcome == host_yields) return yield_below(L, co, wrap_continued);
  if (outcome != error_moved) return outcome;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {  // it died: its to-be-closed variables are due
    execution& e = actor::of(L).exec();
    e.set_running(co);
    status = lua_closethread(co, L);
    e.set_running(L);
    lua_xmove(co, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int wrap_continued(lua_State* L, int, lua_KContext context) {
  auto* co = reinterpret_cast<lua_State*>(context);
  return finish_wrap(L, co, resume_once(L, co, 0));
}

int wrap_call(lua_State* L) {
  lua_State* co = lua_tothread(L, lua_upvalueindex(1));
  return finish_wrap(L, co, start_resume(L, co, lua_gettop(L)));
}

// -- the rest ---------------------------------------------------------------------------------

int create(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  actor& a = actor::of(L);
  const std::uint64_t limit = a.port().quota().coroutines;
  if (a.coroutines() >= limit) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    if (a.coroutines() >= limit)
      return luaL_error(L, "too many coroutines: %I (quota coroutines)",
                        static_cast<LUAI_UACINT>(limit));
  }
  a.exec().charge_instructions(L, 20);
  lua_State* co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

int wrap(lua_State* L) {
  create(L);
  lua_pushcclosure(L, wrap_call, 1);
  return 1;
}

int yield(lua_State* L) {
  if (thread_mark::of(L).is_root())
    return luaL_error(L, "attempt to yield from outside a coroutine");
  return lua_yield(L, lua_gettop(L));
}

int status(lua_State* L) {
  const char* text = coroutine_status(L, coroutine_argument(L));
  lua_pushstring(L, std::strcmp(text, "blocked") == 0 ? "normal" : text);
  return 1;
}

// A service's main chunk runs in a coroutine, so that it can be pre-empted. To the script that is
// the main one, as in the stock interpreter and in Skynet.
bool runs_main_chunk(lua_State* L) {
  const task* t = actor::of(L).current_task();
  return t != nullptr && t->coroutine == L && t->is_start && t->function == 0;
}

int running(lua_State* L) {
  const bool is_main = lua_pushthread(L) != 0 || runs_main_chunk(L);
  lua_pushboolean(L, is_main ? 1 : 0);
  return 2;
}

int isyieldable(lua_State* L) {
  lua_State* co = lua_isnone(L, 1) ? L : coroutine_argument(L);
  lua_pushboolean(L, lua_isyieldable(co) != 0 && !runs_main_chunk(co) ? 1 : 0);
  return 1;
}

int close(lua_State* L) {
  lua_State* co = coroutine_argument(L);
  const char* text = coroutine_status(L, co);
  if (std::strcmp(text, "dead") != 0 && std::strcmp(text, "suspended") != 0)
    return luaL_error(L, "cannot close a %s coroutine", text);
  execution& e = actor::of(L).exec();
  e.set_running(co);
  const int outcome = lua_closethread(co, L);
  e.set_running(L);
  if (outcome == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

constexpr luaL_Reg functions[] = {
    {"create", create},           {"resume", resume}, {"running", running},
    {"status", status},           {"wrap", wrap},     {"yield", yield},
    {"isyieldable", isyieldable}, {"close", close},   {nullptr, nullptr}};

}  // namespace

int resume_coroutine(lua_State* L, lua_State* co, int arguments) {
  return finish_resume(L, co, start_resume(L, co, arguments));
}

const char* coroutine_status(lua_State* L, lua_State* co) {
  if (L == co) return "running";
  if (thread_mark::of(co).blocked()) return "blocked";
  switch (lua_status(co)) {
    case LUA_YIELD: return thread_mark::of(co).is_root() ? "blocked" : "suspended";
    case LUA_OK: {
      lua_Debug record;
      if (lua_getstack(co, 0, &record) != 0) return "normal";
      if (thread_mark::of(co).is_root()) return "dead";
      return lua_gettop(co) == 0 ? "dead" : "suspended";
    }
    default: return "dead";
  }
}

const luaL_Reg* coroutine_functions() noexcept { return functions; }

}  // namespace moonward::sandbox
