#include "sandbox/env/stock_functions.hpp"

#include "sandbox/vm/lua.hpp"

#include <cstdlib>

namespace moonward::sandbox {

namespace {

// Left out: dofile and loadfile (files). Replaced by library_tables and base_library: load (text
// only), print (to the log), collectgarbage (no tuning of the collector), and those that look at a
// table without its metamethods.
constexpr std::string_view base_list[] = {
    "assert",       "error",    "getmetatable", "ipairs", "next",   "pairs",
    "pcall",        "rawequal", "rawget",       "rawlen", "rawset", "select",
    "setmetatable", "tonumber", "tostring",     "type",   "warn",   "xpcall"};
constexpr std::string_view table_list[] = {"concat", "insert", "move",  "pack",
                                           "remove", "sort",   "unpack"};
// Left out: dump (a script never sees bytecode).
constexpr std::string_view string_list[] = {
    "byte",  "char", "find",     "format", "gmatch",  "gsub", "len",    "lower",
    "match", "pack", "packsize", "rep",    "reverse", "sub",  "unpack", "upper"};
constexpr std::string_view string_metamethod_list[] = {"__add", "__sub", "__mul",  "__mod",
                                                       "__pow", "__div", "__idiv", "__unm"};
constexpr std::string_view math_list[] = {
    "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log",
    "max", "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin",
    "sqrt", "tan", "tointeger", "type", "ult",
    // of Lua 5.3's compatibility, as in Debian's and Skynet's interpreters
    "atan2", "cosh", "sinh", "tanh", "pow", "frexp", "ldexp", "log10"};
constexpr std::string_view utf8_list[] = {"char", "codepoint", "codes", "len", "offset"};

void* plain_allocator(void*, void* block, std::size_t, std::size_t bytes) {
  if (bytes != 0) return std::realloc(block, bytes);
  std::free(block);
  return nullptr;
}

// The functions of the table on top of the stack.
std::vector<stock_function> take(lua_State* L, std::span<const std::string_view> names) {
  std::vector<stock_function> found;
  for (const std::string_view name : names) {
    lua_getfield(L, -1, name.data());
    if (const lua_CFunction f = lua_tocfunction(L, -1)) found.push_back({name, f});
    lua_pop(L, 1);
  }
  return found;
}

std::vector<stock_function> take_library(lua_State* L, lua_CFunction open,
                                         std::span<const std::string_view> names) {
  lua_pushcfunction(L, open);
  lua_call(L, 0, 1);
  auto found = take(L, names);
  lua_pop(L, 1);
  return found;
}

stock_functions take_all() {
  stock_functions all;
  lua_State* L = lua_newstate(plain_allocator, nullptr);
  if (L == nullptr) std::abort();
  all.base = take_library(L, luaopen_base, base_list);
  all.table = take_library(L, luaopen_table, table_list);
  all.string = take_library(L, luaopen_string, string_list);
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  all.string_metamethods = take(L, string_metamethod_list);
  lua_pushcfunction(L, luaopen_utf8);
  lua_call(L, 0, 1);
  all.utf8 = take(L, utf8_list);
  lua_getfield(L, -1, "charpattern");
  std::size_t length = 0;
  const char* pattern = lua_tolstring(L, -1, &length);
  all.utf8_charpattern.assign(pattern, length);
  lua_close(L);
  return all;
}

}  // namespace

const stock_functions& stock_functions::get() {
  static const stock_functions all = take_all();
  return all;
}

int (*stock_functions::base_function(std::string_view name) const)(lua_State*) {
  for (const stock_function& f : base)
    if (name == f.name) return f.function;
  std::abort();
}

std::span<const std::string_view> math_names() noexcept { return math_list; }

}  // namespace moonward::sandbox
