#include "sandbox/env/environment.hpp"

#include "sandbox/env/library_tables.hpp"
#include "sandbox/env/stock_functions.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"

#include <cstring>
#include <string_view>

namespace moonward::sandbox {

namespace {

void set_global(lua_State* L, const char* name, lua_CFunction function) {
  lua_pushcfunction(L, function);
  lua_setglobal(L, name);
}

// Warnings (errors in finalizers above all) go to the log, metered like every line.
void on_warning(void* ud, const char* text, int to_be_continued) {
  constexpr std::size_t longest = 4096;
  auto& a = *static_cast<actor*>(ud);
  char piece[longest + 1];
  const std::size_t length = ::strnlen(text, longest);
  std::memcpy(piece, text, length);
  piece[length] = '\0';
  host_section section{a.exec()};
  a.append_warning(piece, to_be_continued != 0);
}

}  // namespace

int open_environment(lua_State* L) {
  lua_settop(L, 0);
  actor& a = actor::of(L);
  {
    host_section section{a.exec()};  // opens Lua's libraries once, which no kill may cut short
    (void)stock_functions::get();
  }
  lua_gc(L, LUA_GCSTOP);  // nothing of this is garbage
  open_library_tables(L);
  open_require(L);
  set_global(L, "load", load);
  set_global(L, "print", print);
  set_global(L, "collectgarbage", collectgarbage);

  lua_pushlstring(L, a.port().service_name().data(), a.port().service_name().size());
  lua_setglobal(L, "SERVICE_NAME");
  lua_setwarnf(L, on_warning, &a);
  lua_gc(L, LUA_GCRESTART);
  return 0;
}

}  // namespace moonward::sandbox
