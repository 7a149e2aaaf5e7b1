/// What tasks start with: C functions that run as the first frame of a task's coroutine.
///
/// They do, under the coroutine's protection, all that may raise before the script's function
/// runs: decode the message, fetch the handler, compile the main chunk. Each finds its input in
/// the actor's current task. Thread: the worker that runs the service.
#pragma once

struct lua_State;

namespace moonward::sandbox {

int main_body(lua_State* L);      ///< compiles and runs the service's main chunk
int start_body(lua_State* L);     ///< runs the init hooks, then skynet.start's function
int request_body(lua_State* L);   ///< unpacks a request and calls the handler of its type
int debug_body(lua_State* L);     ///< the same for debug requests, by the module skynet.debug
int fork_body(lua_State* L);      ///< calls a forked function and releases its anchor
int periodic_body(lua_State* L);  ///< calls a periodic timer's function
int filter_body(lua_State* L);    ///< hands a raw message to the filter
int answer_body(lua_State* L);    ///< hands the answer of core.ask to the answer handler
int unknown_body(lua_State* L);   ///< hands a message that nothing waits for to its handler

/// For protected calls on the main state; the argument is the light userdata at index 1.
int make_root_coroutine(lua_State* L);  ///< task*: gives it a coroutine
int describe_error(lua_State* L);       ///< pair<actor*, task*>*: the error's text and traceback

/// Runs what skynet.init has queued; for continuation-style callers.
int run_init_hooks(lua_State* L);

}  // namespace moonward::sandbox
