#include "sandbox/vm/task_bodies.hpp"

#include "sandbox/api/libraries.hpp"
#include "sandbox/api/shipped_function.hpp"
#include "sandbox/env/environment.hpp"
#include "sandbox/env/registry_keys.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/thread_mark.hpp"

#include <string_view>
#include <utility>

namespace moonward::sandbox {

namespace {

int done(lua_State*, int, lua_KContext) { return 0; }

int call_and_finish(lua_State* L, int arguments) {
  lua_callk(L, arguments, 0, 0, done);
  return 0;
}

int started(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  host_section section{a.exec()};
  a.set_started();
  return 0;
}

int init_done(lua_State* L, int, lua_KContext) {
  actor::of(L).set_initialised();
  lua_callk(L, 0, 0, 0, started);
  return started(L, LUA_OK, 0);
}

// Pushes the arguments of the service: text split at white space.
int push_arguments(lua_State* L, std::string_view text) {
  int count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t\n\r\v\f", at);
    if (begin == std::string_view::npos) break;
    std::size_t end = text.find_first_of(" \t\n\r\v\f", begin);
    if (end == std::string_view::npos) end = text.size();
    luaL_checkstack(L, 2, "too many arguments of a service");
    lua_pushlstring(L, text.data() + begin, end - begin);
    ++count;
    at = end;
  }
  return count;
}

void push_raw(lua_State* L, const message& m) {
  lua_pushlstring(L, m.text().data(), m.size);
  lua_pushinteger(L, static_cast<lua_Integer>(m.size));
}

void release_request(actor& a) {
  host_section section{a.exec()};
  task& t = *a.current_task();
  release_message(t.request);
  t.request = nullptr;
}

// Pushes skynet.tracing's function that calls a handler and logs it, and its first argument.
void push_tracer(lua_State* L, std::string_view tag) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "skynet.tracing");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "traced_request");
  lua_remove(L, -2);
  lua_pushlstring(L, tag.data(), tag.size());
}

// Pushes session, source and the unpacked values of the request; their number.
int push_request(lua_State* L, actor& a, const protocol* p) {
  const task& t = *a.current_task();
  lua_pushinteger(L, t.session);
  lua_pushinteger(L, static_cast<lua_Integer>(t.source));
  int values = 2;
  if (p == nullptr || p->native_unpack) {
    values += decode_values(L, t.request->text());
  } else if (p->unpack > 0) {
    const int before = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, p->unpack);
    push_raw(L, *t.request);
    lua_call(L, 2, LUA_MULTRET);
    values += lua_gettop(L) - before;
  } else {
    push_raw(L, *t.request);
    values += 2;
  }
  return values;
}

}  // namespace

int main_body(lua_State* L) {
  actor& a = actor::of(L);
  module_source source;
  bool found = false;
  {
    host_section section{a.exec()};
    found = a.port().find_module(host_port::module_kind::service, a.port().service_name(), source);
  }
  if (!found)
    return luaL_error(L, "no service \"%s\" in the bundle of tenant \"%s\"",
                      a.port().service_name().data(), a.port().tenant_name().data());
  lua_pushlstring(L, source.chunk_name.data(), source.chunk_name.size());
  lua_setglobal(L, "SERVICE_PATH");
  std::string_view packed;
  const bool shipped = !source.compiled.empty() && source.key == nullptr;
  if (shipped) source.compiled = split_shipped(source.compiled, packed);
  load_source(L, source);
  const int count =
      shipped ? decode_values(L, packed) : push_arguments(L, a.current_task()->request->text());
  release_request(a);
  return call_and_finish(L, count);
}

int start_body(lua_State* L) {
  actor& a = actor::of(L);
  const int function = a.current_task()->function;
  lua_rawgeti(L, LUA_REGISTRYINDEX, function);
  luaL_unref(L, LUA_REGISTRYINDEX, function);
  lua_pushcfunction(L, run_init_hooks);
  lua_callk(L, 0, 0, 0, init_done);
  return init_done(L, LUA_OK, 0);
}

int request_body(lua_State* L) {
  actor& a = actor::of(L);
  const protocol* p = a.find_protocol(static_cast<std::uint8_t>(a.current_task()->request->type));
  trace_tag tag;
  bool traced = false;
  if (a.has_traces()) [[unlikely]] {
    host_section section{a.exec()};
    traced = a.take_trace(a.current_task()->source, tag);
  }
  if (traced) push_tracer(L, {tag.text, tag.length});
  lua_rawgeti(L, LUA_REGISTRYINDEX, p->dispatch);
  const int values = push_request(L, a, p);
  release_request(a);
  return call_and_finish(L, traced ? values + 2 : values);
}

int debug_body(lua_State* L) {
  actor& a = actor::of(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "skynet.debug");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "dispatch");
  lua_remove(L, -2);
  const int values = push_request(L, a, nullptr);
  release_request(a);
  return call_and_finish(L, values);
}

int fork_body(lua_State* L) {
  const int function = actor::of(L).current_task()->function;
  const int type = lua_rawgeti(L, LUA_REGISTRYINDEX, function);
  luaL_unref(L, LUA_REGISTRYINDEX, function);
  if (type != LUA_TTABLE) return call_and_finish(L, 0);
  lua_getfield(L, 1, "n");
  const auto count = static_cast<int>(lua_tointeger(L, -1));
  lua_pop(L, 1);
  luaL_checkstack(L, count + 1, "too many arguments of a fork");
  for (int i = 1; i <= count + 1; ++i) lua_rawgeti(L, 1, i);
  return call_and_finish(L, count);
}

int periodic_body(lua_State* L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, actor::of(L).current_task()->function);
  return call_and_finish(L, 0);
}

int filter_body(lua_State* L) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  lua_rawgeti(L, LUA_REGISTRYINDEX, t.function);
  lua_pushinteger(L, static_cast<int>(t.request->type));
  push_raw(L, *t.request);
  lua_pushinteger(L, t.request->session);
  lua_pushinteger(L, static_cast<lua_Integer>(t.request->source));
  release_request(a);
  return call_and_finish(L, 5);
}

namespace {
int unpack_answer(lua_State* L) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  const protocol* p = a.find_protocol(static_cast<std::uint8_t>(t.function));
  return unpack_payload(L, *p, t.delivered->text());
}
}  // namespace

int answer_body(lua_State* L) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  lua_rawgeti(L, LUA_REGISTRYINDEX, a.answer_handler());
  lua_pushinteger(L, t.wait_session);
  lua_pushboolean(L, 1);
  bool good = t.woke == wake_reason::answered;
  if (good) {
    lua_pushcfunction(L, unpack_answer);
    good = lua_pcall(L, 0, LUA_MULTRET, 0) == LUA_OK;
  }
  if (!good) {
    lua_settop(L, 2);
    lua_pushboolean(L, 0);
  }
  {
    host_section section{a.exec()};
    a.drop_delivered();
  }
  return call_and_finish(L, lua_gettop(L) - 1);
}

int unknown_body(lua_State* L) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  const message& m = *t.request;
  const protocol* p = a.find_protocol(static_cast<std::uint8_t>(m.type));
  lua_rawgeti(L, LUA_REGISTRYINDEX, t.function);
  lua_pushinteger(L, m.session);
  lua_pushinteger(L, static_cast<lua_Integer>(m.source));
  push_raw(L, m);
  if (p != nullptr) lua_pushlstring(L, p->name.data(), p->name.size());
  else lua_pushinteger(L, static_cast<int>(m.type));
  release_request(a);
  return call_and_finish(L, 5);
}

int make_root_coroutine(lua_State* L) {
  auto& t = *static_cast<task*>(lua_touserdata(L, 1));
  lua_State* co = lua_newthread(L);
  t.anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  t.coroutine = co;
  thread_mark::of(co).set_root();
  return 0;
}

int describe_error(lua_State* L) {
  auto& [self, failed] = *static_cast<std::pair<actor*, task*>*>(lua_touserdata(L, 1));
  lua_State* co = failed->coroutine;
  const char* text = nullptr;
  if (lua_gettop(co) > 0) {
    luaL_checkstack(co, 2, nullptr);
    lua_pushvalue(co, -1);
    lua_xmove(co, L, 1);
    text = luaL_tolstring(L, -1, nullptr);
  }
  luaL_checkstack(L, 10, nullptr);
  luaL_traceback(L, co, text, 0);
  return 1;
}

namespace {
int next_init_hook(lua_State* L, int, lua_KContext index) {
  for (lua_KContext i = index;; ++i) {
    if (lua_rawgeti(L, 1, i) == LUA_TNIL) return 0;
    lua_pushnil(L);
    lua_rawseti(L, 1, i);
    lua_callk(L, 0, 0, i + 1, next_init_hook);
  }
}
}  // namespace

int run_init_hooks(lua_State* L) {
  lua_settop(L, 0);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key::init_hooks) != LUA_TTABLE) return 0;
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key::init_hooks);
  return next_init_hook(L, LUA_OK, 1);
}

}  // namespace moonward::sandbox
