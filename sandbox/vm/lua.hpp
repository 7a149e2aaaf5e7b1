/// Lua's C API, for the sources of `sandbox` alone.
#pragma once

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}
