#include "sandbox/env/library_tables.hpp"

#include "sandbox/env/environment.hpp"
#include "sandbox/env/stock_functions.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/coroutine_library.hpp"
#include "sandbox/vm/lua.hpp"

#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace moonward::sandbox {

namespace {

// What this and environment.cpp set, and a few of the script's own.
constexpr int globals_at_first = 40;

// The first entry of a table that isn't filled yet: its address is the key, its library's number
// the value. The registry has the metatable under the same address.
constexpr char unfilled = 0;

using filler = void (*)(lua_State* L, int table);

// table[name] = the value on top, which is popped. Raw: the table may still have its metatable,
// which goes last, so that a fill that the heap has no room for is tried again.
void set(lua_State* L, int table, std::string_view name) {
  lua_pushlstring(L, name.data(), name.size());
  lua_insert(L, -2);
  lua_rawset(L, table);
}

void set_functions(lua_State* L, int table, std::span<const stock_function> functions) {
  for (const stock_function& f : functions) {
    lua_pushcfunction(L, f.function);
    set(L, table, f.name);
  }
}

void set_functions(lua_State* L, int table, const luaL_Reg* functions) {
  for (; functions->name != nullptr; ++functions) {
    lua_pushcfunction(L, functions->func);
    set(L, table, functions->name);
  }
}

void fill_string(lua_State* L, int table) {
  set_functions(L, table, stock_functions::get().string);
}
void fill_table(lua_State* L, int table) { set_functions(L, table, stock_functions::get().table); }

void fill_utf8(lua_State* L, int table) {
  const stock_functions& stock = stock_functions::get();
  set_functions(L, table, stock.utf8);
  lua_pushlstring(L, stock.utf8_charpattern.data(), stock.utf8_charpattern.size());
  set(L, table, "charpattern");
}

// The generator's state is an upvalue, so the library is opened for each state. Stock seeds it from
// an address: randomseed is wrapped, and seeded anew from what tells nothing.
void fill_math(lua_State* L, int table) {
  lua_pushcfunction(L, luaopen_math);
  lua_call(L, 0, 1);
  for (const std::string_view name : math_names()) {
    if (lua_getfield(L, -1, name.data()) == LUA_TNIL) lua_pop(L, 1);
    else set(L, table, name);
  }
  lua_getfield(L, -1, "randomseed");
  lua_pushcclosure(L, randomseed, 1);
  lua_pushvalue(L, -1);
  set(L, table, "randomseed");
  lua_call(L, 0, 0);
  lua_pop(L, 1);
}

void fill_coroutine(lua_State* L, int table) { set_functions(L, table, coroutine_functions()); }
void fill_os(lua_State* L, int table) { set_functions(L, table, os_functions()); }

// Of the debug library, traceback: nothing else of it is safe.
void fill_debug(lua_State* L, int table) {
  lua_pushcfunction(L, traceback);
  set(L, table, "traceback");
}

struct library {
  std::string_view name;
  filler fill;
};

constexpr std::array<library, 7> libraries{{{LUA_STRLIBNAME, fill_string},
                                            {LUA_TABLIBNAME, fill_table},
                                            {LUA_MATHLIBNAME, fill_math},
                                            {LUA_UTF8LIBNAME, fill_utf8},
                                            {LUA_COLIBNAME, fill_coroutine},
                                            {LUA_OSLIBNAME, fill_os},
                                            {LUA_DBLIBNAME, fill_debug}}};

// Fills the table at the index if it is a library's and not filled yet.
void fill(lua_State* L, int table) {
  if (lua_type(L, table) != LUA_TTABLE || lua_getmetatable(L, table) == 0) return;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &unfilled);
  const bool is_unfilled = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  if (!is_unfilled) return;
  luaL_checkstack(L, 8, nullptr);
  lua_rawgetp(L, table, &unfilled);
  const auto which = static_cast<std::size_t>(lua_tointeger(L, -1));
  lua_pop(L, 1);
  if (which < libraries.size()) libraries[which].fill(L, table);
  lua_pushnil(L);
  lua_rawsetp(L, table, &unfilled);
  lua_pushnil(L);
  lua_setmetatable(L, table);
}

int index_unfilled(lua_State* L) {
  lua_settop(L, 2);
  fill(L, 1);
  lua_rawget(L, 1);
  return 1;
}

int set_in_unfilled(lua_State* L) {
  lua_settop(L, 3);
  fill(L, 1);
  lua_rawset(L, 1);
  return 0;
}

// __pairs: for what asks for it from C++; the global function fills by itself.
int pairs_of_unfilled(lua_State* L) {
  lua_settop(L, 1);
  fill(L, 1);
  lua_getglobal(L, "next");
  lua_insert(L, 1);
  lua_pushnil(L);
  return 3;
}

// The base functions that look at a table without its metamethods.
constexpr std::array<std::string_view, 6> raw_names{"getmetatable", "setmetatable", "next",
                                                    "pairs",        "rawget",       "rawset"};
template <std::size_t which>
int after_filling(lua_State* L) {
  static const lua_CFunction stock = stock_functions::get().base_function(raw_names[which]);
  fill(L, 1);
  return stock(L);
}

template <std::size_t... which>
void set_raw_functions(lua_State* L, int globals, std::index_sequence<which...>) {
  ((lua_pushcfunction(L, after_filling<which>), set(L, globals, raw_names[which])), ...);
}

void push_unfilled_metatable(lua_State* L) {
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, index_unfilled);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, set_in_unfilled);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, pairs_of_unfilled);
  lua_setfield(L, -2, "__pairs");
}

// Of all strings: `("x"):rep(3)` and arithmetic on numerals. The library's table is on top.
void set_string_metatable(lua_State* L) {
  const auto& metamethods = stock_functions::get().string_metamethods;
  lua_pushliteral(L, "");
  lua_createtable(L, 0, static_cast<int>(metamethods.size()) + 1);
  set_functions(L, lua_gettop(L), metamethods);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

}  // namespace

void open_library_tables(lua_State* L) {
  lua_createtable(L, 0, globals_at_first);
  const int globals = lua_gettop(L);
  lua_pushvalue(L, globals);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  set_functions(L, globals, stock_functions::get().base);
  set_raw_functions(L, globals, std::make_index_sequence<raw_names.size()>{});
  lua_pushvalue(L, globals);
  set(L, globals, LUA_GNAME);
  lua_pushliteral(L, LUA_VERSION);
  set(L, globals, "_VERSION");

  lua_createtable(L, 0, static_cast<int>(libraries.size()) + 2);  // and `package`
  const int loaded = lua_gettop(L);
  lua_pushvalue(L, loaded);
  lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, globals);
  set(L, loaded, LUA_GNAME);
  push_unfilled_metatable(L);
  const int metatable = lua_gettop(L);
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    lua_createtable(L, 0, 1);
    lua_pushinteger(L, static_cast<lua_Integer>(i));
    lua_rawsetp(L, -2, &unfilled);
    lua_pushvalue(L, metatable);
    lua_setmetatable(L, -2);
    if (libraries[i].fill == fill_string) set_string_metatable(L);
    lua_pushvalue(L, -1);
    set(L, loaded, libraries[i].name);
    set(L, globals, libraries[i].name);
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &unfilled);
  lua_settop(L, globals - 1);
}

}  // namespace moonward::sandbox
