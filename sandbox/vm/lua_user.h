#ifndef MOONWARD_LUA_USER_H
#define MOONWARD_LUA_USER_H

/* What Lua's own configuration macros let a host set; lua.h includes this file last. C, not C++. */

/* Bytes before each Lua thread that belong to the sandbox. */
#undef LUA_EXTRASPACE
#define LUA_EXTRASPACE 32

#endif
