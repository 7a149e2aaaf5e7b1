// `require` and `package`: modules come from package.preload, from the sandbox itself, or from the
// tenant's bundle and the built-in Lua modules. A module's chunk may wait for the host; another
// task that requires it meanwhile waits for it.
#include "sandbox/api/libraries.hpp"
#include "sandbox/env/environment.hpp"
#include "sandbox/env/registry_keys.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"
#include "sandbox/vm/task_bodies.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace moonward::sandbox {

namespace {

// Stack of require and its continuations.
constexpr int name_at = 1;
constexpr int loaded_at = 2;   // package.loaded
constexpr int loading_at = 3;  // module name -> the task (light userdata) that loads it
constexpr int where_at = 4;    // what the loader gets as second argument, and require returns

// The host keeps a copy for each task that waits.
constexpr std::size_t longest_name = 255;

void write_to_buffer(encode_buffer& buffer, const void* bytes, std::size_t size) {
  if (!buffer.fits(size)) {
    host_section section{*execution::current()};
    if (!buffer.grow(size)) return;
  }
  buffer.append(bytes, size);
}

int dump_writer(lua_State*, const void* bytes, std::size_t size, void* ud) {
  auto& buffer = *static_cast<encode_buffer*>(ud);
  const std::size_t before = buffer.size();
  write_to_buffer(buffer, bytes, size);
  return buffer.size() == before + size ? 0 : 1;
}

void cache_compiled(lua_State* L, actor& a, const void* key) {
  encode_buffer& buffer = a.buffer();
  const std::size_t begin = buffer.size();
  const bool complete = lua_dump(L, dump_writer, &buffer, 0) == 0;
  if (complete) {
    host_section section{a.exec()};
    a.port().store_compiled(key, buffer.from(begin));
  }
  buffer.truncate(begin);
}

void set_loading(lua_State* L, void* who) {
  lua_pushvalue(L, name_at);
  if (who != nullptr) lua_pushlightuserdata(L, who);
  else lua_pushnil(L);
  lua_rawset(L, loading_at);
}

int finish_require(lua_State* L, int, lua_KContext) {
  // The loader's result is on top, unless the init hooks just ran.
  lua_settop(L, where_at);
  lua_pushvalue(L, name_at);
  lua_rawget(L, loaded_at);
  lua_pushvalue(L, where_at);
  return 2;
}

void leave_loading(lua_State* L, actor& a) {
  set_loading(L, nullptr);
  const char* name = lua_tostring(L, name_at);
  host_section section{a.exec()};
  a.module_loaded(name);
}

int loader_returned(lua_State* L, int status, lua_KContext) {
  actor& a = actor::of(L);
  leave_loading(L, a);
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  lua_pushvalue(L, name_at);
  lua_insert(L, -2);
  if (!lua_isnil(L, -1)) {
    lua_rawset(L, loaded_at);
  } else {
    lua_pop(L, 1);
    if (lua_rawget(L, loaded_at) == LUA_TNIL) {
      lua_pushvalue(L, name_at);
      lua_pushboolean(L, 1);
      lua_rawset(L, loaded_at);
    }
  }
  lua_settop(L, where_at);
  if (!a.initialised()) return finish_require(L, LUA_OK, 0);
  // What the module asked for by skynet.init runs before anybody uses it.
  lua_pushcfunction(L, run_init_hooks);
  lua_callk(L, 0, 0, 0, finish_require);
  return finish_require(L, LUA_OK, 0);
}

int waited_for_module(lua_State* L, int, lua_KContext) {
  lua_settop(L, name_at);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, name_at);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  return luaL_error(L, "require %s failed", lua_tostring(L, name_at));
}

// Pushes the loader and fills where_at; raises when there's no such module.
void push_loader(lua_State* L, actor& a, const char* name) {
  lua_getglobal(L, "package");
  if (lua_istable(L, -1) && lua_getfield(L, -1, "preload") == LUA_TTABLE) {
    lua_pushvalue(L, name_at);
    if (lua_rawget(L, -2) != LUA_TNIL) {
      lua_pushliteral(L, ":preload:");
      lua_replace(L, where_at);
      return;
    }
  }
  if (const lua_CFunction open = native_library(name)) {
    lua_pushcfunction(L, open);
    lua_pushliteral(L, ":native:");
    lua_replace(L, where_at);
    return;
  }
  module_source source;
  bool found = false;
  {
    host_section section{a.exec()};
    found = a.port().find_module(host_port::module_kind::module, name, source);
  }
  if (!found)
    luaL_error(L,
               "module '%s' not found:\n\tno field package.preload['%s']\n\tno such file in the "
               "bundle of tenant \"%s\"",
               name, name, a.port().tenant_name().data());
  lua_pushlstring(L, source.chunk_name.data(), source.chunk_name.size());
  lua_replace(L, where_at);
  load_source(L, source);
}

int require(lua_State* L) {
  actor& a = actor::of(L);
  std::size_t length = 0;
  const char* name = luaL_checklstring(L, name_at, &length);
  luaL_argcheck(L, length <= longest_name && std::strlen(name) == length, name_at,
                "a name of at most 255 bytes, none of them zero, expected");
  lua_settop(L, name_at);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, name_at);
  if (lua_rawget(L, loaded_at) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key::loading);
  lua_pushvalue(L, name_at);
  if (lua_rawget(L, loading_at) != LUA_TNIL) {
    if (lua_touserdata(L, -1) == a.current_task() || a.current_task() == nullptr)
      return luaL_error(L, "circular dependency: module '%s' requires itself while it is loading",
                        name);
    a.check_can_wait(L);
    bool waits = false;
    {
      host_section section{a.exec()};
      waits = a.wait_for_module(name);
    }
    if (!waits) return luaL_error(L, "not enough memory");
    return a.wait(L, waited_for_module, 0);
  }
  push_loader(L, a, name);  // over the nil at where_at
  const int loader = lua_gettop(L);
  set_loading(L, a.current_task());
  lua_pushvalue(L, loader);
  lua_pushvalue(L, name_at);
  lua_pushvalue(L, where_at);
  return loader_returned(L, lua_pcallk(L, 2, 1, 0, 0, loader_returned), 0);
}

}  // namespace

void load_source(lua_State* L, const module_source& source) {
  actor& a = actor::of(L);
  const std::uint64_t limit = a.port().quota().source_bytes;
  lua_pushfstring(L, "@%s", source.chunk_name.data());
  const char* chunk_name = lua_tostring(L, -1);
  int status = LUA_OK;
  if (!source.compiled.empty()) {
    status = luaL_loadbufferx(L, source.compiled.data(), source.compiled.size(), chunk_name, "b");
  } else {
    if (source.text.size() > limit)
      luaL_error(L, "%s: source is larger than %I bytes (quota source_bytes)",
                 source.chunk_name.data(), static_cast<LUAI_UACINT>(limit));
    std::string_view text = source.text;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n'), text.size()));
    status = luaL_loadbufferx(L, text.data(), text.size(), chunk_name, "t");
    if (status == LUA_OK && source.key != nullptr) cache_compiled(L, a, source.key);
  }
  lua_remove(L, -2);
  if (status != LUA_OK) lua_error(L);
}

void open_require(lua_State* L) {
  lua_pushcfunction(L, require);
  lua_setglobal(L, "require");
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key::loading);
  lua_createtable(L, 0, 5);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_setfield(L, -2, "loaded");
  lua_newtable(L);
  lua_setfield(L, -2, "preload");
  lua_pushliteral(L, "/\n;\n?\n!\n-\n");
  lua_setfield(L, -2, "config");
  lua_pushliteral(L, "?.lua;?/init.lua");
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_pushvalue(L, -1);
  lua_setglobal(L, "package");
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_insert(L, -2);
  lua_setfield(L, -2, "package");
  lua_pop(L, 1);
}

}  // namespace moonward::sandbox
