/// Time for the module `moonward`: seconds with a fraction, timers that can be cancelled.
/// Thread: the worker that runs the service.
#pragma once

struct lua_State;

namespace moonward::sandbox {

int timer_after(lua_State* L);    ///< moonward.after(seconds, f) -> timer
int timer_every(lua_State* L);    ///< moonward.every(seconds, f) -> timer
int sleep_seconds(lua_State* L);  ///< moonward.sleep(seconds [, token])

}  // namespace moonward::sandbox
