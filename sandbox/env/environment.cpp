#include "sandbox/env/environment.hpp"

#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/coroutine_library.hpp"
#include "sandbox/vm/lua.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace moonward::sandbox {

namespace {

using names = std::span<const std::string_view>;

// What stays of the stock libraries. Left out of the base library: dofile and loadfile (files);
// replaced below: load (text only), print (to the log), collectgarbage (no tuning of the
// collector).
constexpr std::string_view base_names[] = {
    "_G",           "_VERSION", "assert",   "error",  "getmetatable", "ipairs", "next",
    "pairs",        "pcall",    "rawequal", "rawget", "rawlen",       "rawset", "select",
    "setmetatable", "tonumber", "tostring", "type",   "warn",         "xpcall"};
constexpr std::string_view table_names[] = {"concat", "insert", "move",  "pack",
                                            "remove", "sort",   "unpack"};
// Left out: dump (a script never sees bytecode).
constexpr std::string_view string_names[] = {
    "byte",  "char", "find",     "format", "gmatch",  "gsub", "len",    "lower",
    "match", "pack", "packsize", "rep",    "reverse", "sub",  "unpack", "upper"};
constexpr std::string_view math_names[] = {
    "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log",
    "max", "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin",
    "sqrt", "tan", "tointeger", "type", "ult",
    // of Lua 5.3's compatibility, as in Debian's and Skynet's interpreters
    "atan2", "cosh", "sinh", "tanh", "pow", "frexp", "ldexp", "log10"};
constexpr std::string_view utf8_names[] = {"char",  "charpattern", "codepoint",
                                           "codes", "len",         "offset"};

// Removes from the table on top of the stack what isn't listed.
void keep_only(lua_State* L, names allowed) {
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    lua_pop(L, 1);
    std::size_t length = 0;
    const char* name = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : nullptr;
    if (name != nullptr &&
        std::find(allowed.begin(), allowed.end(), std::string_view{name, length}) != allowed.end())
      continue;
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, -4);  // assigning nil to the current key is allowed while traversing
  }
}

void open_library(lua_State* L, const char* name, lua_CFunction open, names allowed) {
  luaL_requiref(L, name, open, 1);
  if (allowed.size() != 0) keep_only(L, allowed);
  lua_pop(L, 1);
}

void set_global(lua_State* L, const char* name, lua_CFunction function) {
  lua_pushcfunction(L, function);
  lua_setglobal(L, name);
}

// Stock seeds random from an address: wrapped, and seeded anew from what tells nothing.
void wrap_randomseed(lua_State* L) {
  lua_getglobal(L, LUA_MATHLIBNAME);
  lua_getfield(L, -1, "randomseed");
  lua_pushcclosure(L, randomseed, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "randomseed");
  lua_call(L, 0, 0);
  lua_pop(L, 1);
}

// Of the debug library, traceback: nothing else of it is safe.
int open_debug_library(lua_State* L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, traceback);
  lua_setfield(L, -2, "traceback");
  return 1;
}

// Warnings (errors in finalizers above all) go to the log, metered like every line.
void on_warning(void* ud, const char* text, int to_be_continued) {
  auto& a = *static_cast<actor*>(ud);
  host_section section{a.exec()};
  a.append_warning(text, to_be_continued != 0);
}

}  // namespace

int open_environment(lua_State* L) {
  lua_settop(L, 0);
  open_library(L, LUA_GNAME, luaopen_base, base_names);
  open_library(L, LUA_TABLIBNAME, luaopen_table, table_names);
  open_library(L, LUA_STRLIBNAME, luaopen_string, string_names);
  open_library(L, LUA_MATHLIBNAME, luaopen_math, math_names);
  open_library(L, LUA_UTF8LIBNAME, luaopen_utf8, utf8_names);
  open_library(L, LUA_COLIBNAME, open_coroutine_library, {});
  open_library(L, LUA_OSLIBNAME, open_os_library, {});
  open_library(L, LUA_DBLIBNAME, open_debug_library, {});
  open_require(L);
  set_global(L, "load", load);
  set_global(L, "print", print);
  set_global(L, "collectgarbage", collectgarbage);
  wrap_randomseed(L);

  actor& a = actor::of(L);
  lua_pushlstring(L, a.port().service_name().data(), a.port().service_name().size());
  lua_setglobal(L, "SERVICE_NAME");
  lua_setwarnf(L, on_warning, &a);
  return 0;
}

}  // namespace moonward::sandbox
