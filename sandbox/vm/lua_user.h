/* What Moonward sets through the macros that Lua's own configuration offers (LUA_USER_H).
   C and C++; included by lua.h after luaconf.h. */
#ifndef MOONWARD_SANDBOX_VM_LUA_USER_H
#define MOONWARD_SANDBOX_VM_LUA_USER_H

#ifdef __cplusplus
extern "C" {
#endif

struct lua_State;

/* A seed from the kernel for each state: the order of strings in tables can't be foreseen. */
unsigned int moonward_seed(void);
#define luai_makeseed(L) moonward_seed()

/* Counts the coroutines of a state. */
void moonward_thread_created(struct lua_State* from, struct lua_State* created);
void moonward_thread_freed(struct lua_State* from, struct lua_State* freed);
#define luai_userstatethread(L, L1) moonward_thread_created(L, L1)
#define luai_userstatefree(L, L1) moonward_thread_freed(L, L1)

/* No address reaches a script: '%p' and tostring show a keyed value instead. */
const void* moonward_shown_pointer(struct lua_State* L, int index);
#if defined(lstrlib_c) || defined(lauxlib_c)
#define lua_topointer(L, i) moonward_shown_pointer(L, i)
#endif

#ifdef __cplusplus
}
#endif

#endif
