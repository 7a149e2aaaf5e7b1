/// The library `coroutine` for scripts: stock semantics, but the host can reach through it.
///
/// When code inside a coroutine is pre-empted or waits for the host, the resume that runs it yields
/// as well, up to the task, and later resumes it again: the script can't tell. A script's own
/// yield goes to its resumer as ever. Thread: the worker that runs the service.
#pragma once

#include "sandbox/vm/thread_mark.hpp"

struct luaL_Reg;

namespace moonward::sandbox {

/// The library's functions; the last entry is null.
[[nodiscard]] const luaL_Reg* coroutine_functions() noexcept;

/// Resumes `co` with the `arguments` topmost values of L and continues transparently through host
/// waits; leaves results as coroutine.resume does. For C functions: `return resume_coroutine(…)`.
int resume_coroutine(lua_State* L, lua_State* co, int arguments);

/// "running", "suspended", "normal", "dead", or "blocked" (it waits for the host).
[[nodiscard]] const char* coroutine_status(lua_State* L, lua_State* co);

}  // namespace moonward::sandbox
