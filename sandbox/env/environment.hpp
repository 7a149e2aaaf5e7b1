/// The environment of a script: an allow-list of stock Lua, and the safe versions of the rest.
///
/// Every state has its own copies of all library tables: a script may change them and harms only
/// itself, as the host never calls back through them. What isn't listed in stock_functions.cpp or
/// set here is not there. Thread: the worker that runs the service.
#pragma once

#include "sandbox/host_port.hpp"

struct lua_State;
struct luaL_Reg;

namespace moonward::sandbox {

/// Fills the globals of a fresh state; for a protected call.
int open_environment(lua_State* L);

/// Pushes the compiled chunk of a bundle file or built-in module, from the host's cache of compiled
/// chunks when it is there. Raises syntax errors and "source is larger than …".
void load_source(lua_State* L, const module_source& source);

/// The functions of `os`; the last entry is null.
[[nodiscard]] const luaL_Reg* os_functions() noexcept;
void open_require(lua_State* L);  ///< sets the globals `require` and `package`

/// Replacements of base functions.
int print(lua_State* L);
int load(lua_State* L);
int collectgarbage(lua_State* L);
int randomseed(lua_State* L);
int traceback(lua_State* L);

}  // namespace moonward::sandbox
