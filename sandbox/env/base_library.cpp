// The safe versions of base functions.
#include "sandbox/api/libraries.hpp"
#include "sandbox/env/environment.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"

#include <cstring>
#include <sys/random.h>

namespace moonward::sandbox {

int print(lua_State* L) {
  const std::string_view text = push_joined(L, 1, '\t');
  actor& a = actor::of(L);
  host_section section{a.exec()};
  a.port().log(host_port::log_level::print, text);
  return 0;
}

// -- load -------------------------------------------------------------------------------------

namespace {

struct chunk_reader {
  std::uint64_t bytes = 0;
  std::uint64_t limit = 0;
};

constexpr int reader_slot = 5;  // keeps the current piece alive, as in the stock function

const char* read_piece(lua_State* L, void* ud, std::size_t* size) {
  auto& reader = *static_cast<chunk_reader*>(ud);
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    *size = 0;
    return nullptr;
  }
  if (lua_isstring(L, -1) == 0) luaL_error(L, "reader function must return a string");
  lua_replace(L, reader_slot);
  const char* piece = lua_tolstring(L, reader_slot, size);
  reader.bytes += *size;
  if (reader.bytes > reader.limit)
    luaL_error(L, "source is larger than %I bytes (quota source_bytes)",
               static_cast<LUAI_UACINT>(reader.limit));
  return piece;
}

int too_large(lua_State* L, std::uint64_t limit) {
  luaL_pushfail(L);
  lua_pushfstring(L, "source is larger than %I bytes (quota source_bytes)",
                  static_cast<LUAI_UACINT>(limit));
  return 2;
}

}  // namespace

int load(lua_State* L) {
  const std::uint64_t limit = actor::of(L).port().quota().source_bytes;
  std::size_t length = 0;
  const char* text = lua_tolstring(L, 1, &length);
  // Text alone: a binary chunk is refused with the stock message for the mode that is left.
  const char* asked = luaL_optstring(L, 3, "bt");
  const char* mode = std::strchr(asked, 't') != nullptr ? "t" : "";
  const bool has_env = !lua_isnone(L, 4);
  int status = LUA_OK;
  if (text != nullptr) {
    const char* name = luaL_optstring(L, 2, text);
    if (length > limit) return too_large(L, limit);
    status = luaL_loadbufferx(L, text, length, name, mode);
  } else {
    const char* name = luaL_optstring(L, 2, "=(load)");
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, reader_slot);
    chunk_reader reader{0, limit};
    status = lua_load(L, read_piece, &reader, name, mode);
  }
  if (status != LUA_OK) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  if (has_env) {
    lua_pushvalue(L, 4);
    if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);
  }
  return 1;
}

// -- the collector ----------------------------------------------------------------------------

int collectgarbage(lua_State* L) {
  static const char* const names[] = {"collect",  "count",      "step",        "isrunning",
                                      "stop",     "restart",    "incremental", "generational",
                                      "setpause", "setstepmul", nullptr};
  switch (luaL_checkoption(L, 1, "collect", names)) {
    case 0:
      if (lua_gc(L, LUA_GCCOLLECT) == -1) break;
      lua_pushinteger(L, 0);
      return 1;
    case 1: {
      const int kib = lua_gc(L, LUA_GCCOUNT);
      const int rest = lua_gc(L, LUA_GCCOUNTB);
      if (kib == -1) break;
      lua_pushnumber(L, static_cast<lua_Number>(kib) + static_cast<lua_Number>(rest) / 1024);
      return 1;
    }
    case 2: {
      const int finished = lua_gc(L, LUA_GCSTEP, static_cast<int>(luaL_optinteger(L, 2, 0)));
      if (finished == -1) break;
      lua_pushboolean(L, finished);
      return 1;
    }
    case 3: lua_pushboolean(L, lua_gc(L, LUA_GCISRUNNING)); return 1;
    default:
      return luaL_error(L,
                        "collectgarbage(\"%s\") is not available in the sandbox: use \"collect\", "
                        "\"step\" or \"count\"",
                        lua_tostring(L, 1));
  }
  luaL_pushfail(L);  // called by a finalizer
  return 1;
}

// -- random -----------------------------------------------------------------------------------

// The stock function would seed from, and return, the address of the state.
int randomseed(lua_State* L) {
  lua_settop(L, 2);
  if (lua_isnil(L, 1)) {
    lua_Integer seed[2] = {};
    if (::getrandom(seed, sizeof seed, 0) != sizeof seed) seed[0] = 0x5EED;
    lua_pushinteger(L, seed[0]);
    lua_replace(L, 1);
    lua_pushinteger(L, seed[1]);
    lua_replace(L, 2);
  } else if (lua_isnil(L, 2)) {
    lua_settop(L, 1);
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

// -- traceback --------------------------------------------------------------------------------

int traceback(lua_State* L) {
  lua_State* of = L;
  int argument = 0;
  if (lua_isthread(L, 1)) {
    of = lua_tothread(L, 1);
    argument = 1;
  }
  const char* text = lua_tostring(L, argument + 1);
  if (text == nullptr && !lua_isnoneornil(L, argument + 1)) {
    lua_pushvalue(L, argument + 1);  // not a string: untouched
    return 1;
  }
  const auto level = static_cast<int>(luaL_optinteger(L, argument + 2, L == of ? 1 : 0));
  luaL_checkstack(L, 10, nullptr);
  luaL_traceback(L, of, text, level);
  return 1;
}

}  // namespace moonward::sandbox
