/// Lua's C API, for the sources of `sandbox` alone.
#pragma once

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#if LUA_VERSION_RELEASE_NUM < 50406
/// The name that Lua 5.4.6 gave to it; an older system library (MOONWARD_SYSTEM_LUA) has the
/// former.
inline int lua_closethread(lua_State* L, lua_State*) { return lua_resetthread(L); }
#endif
