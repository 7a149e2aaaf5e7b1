/// The modules of the script API that are written in C++, and what their functions share.
///
/// Every function has three steps: read the arguments from Lua into plain values; do the host's
/// work in a host section, where no Lua API is called; push the results or raise. No object with
/// a destructor lives across a Lua call: an error leaves by longjmp, a kill by siglongjmp.
/// Thread: the worker that runs the service.
#pragma once

#include "sandbox/message.hpp"
#include "sandbox/vm/lua.hpp"

#include "policies/permission.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace moonward::sandbox {

class actor;
struct protocol;
struct task;

/// The opener of a native module ("skynet", "moonward" …); null when there is none of that name.
[[nodiscard]] lua_CFunction native_library(std::string_view name);

/// The functions of `skynet`, by concept; looked up by name on first use of each.
[[nodiscard]] std::span<const luaL_Reg> message_functions();
[[nodiscard]] std::span<const luaL_Reg> answer_functions();
[[nodiscard]] std::span<const luaL_Reg> task_functions();
[[nodiscard]] std::span<const luaL_Reg> timer_functions();
[[nodiscard]] std::span<const luaL_Reg> service_functions();
[[nodiscard]] std::span<const luaL_Reg> inspection_functions();

int open_moonward_library(lua_State* L);
int open_socket_library(lua_State* L);
int open_core_library(lua_State* L);
int open_http_library(lua_State* L);

/// moonward.call(seconds, address, type, …): a call with a deadline that tells the remote error.
int call_with_deadline(lua_State* L);

/// core.ask, core.forget, core.on_answer: requests that nobody waits for in a call.
int ask(lua_State* L);
int forget_answer(lua_State* L);
int on_answer(lua_State* L);

/// Starts a service and waits until it runs; for C functions: `return spawn_and_wait(…)`. The name
/// is zero-terminated.
int spawn_and_wait(lua_State* L, std::string_view name, std::string_view arguments,
                   std::string_view code);

// -- shared by the functions ------------------------------------------------------------------

/// Handle from an integer, ":hex", ".name" or an imported name; 0 when a name is unknown. Raises
/// for other types and for 0.
[[nodiscard]] handle check_address(lua_State* L, int index);
/// Raises "<what> is not permitted …" unless the tenant has the permission.
void check_permission(lua_State* L, policies::permission p, const char* what);
/// The message type named (or numbered) at `index`; raises when it isn't registered.
[[nodiscard]] protocol& check_protocol(lua_State* L, int index);
/// A payload at `index` (string, number, nil = empty) and its optional size at index + 1.
[[nodiscard]] std::string_view check_payload(lua_State* L, int index);
/// Packs the values from `first` to the top with the protocol's pack. The view is valid until
/// the next packing or until the stack changes.
[[nodiscard]] std::string_view pack_arguments(lua_State* L, const protocol& p, int first);
/// Pushes what the protocol's unpack makes of the payload; their number.
int unpack_payload(lua_State* L, const protocol& p, std::string_view payload);
/// Pushes the values from `first` to the top as one string, each as tostring shows it.
std::string_view push_joined(lua_State* L, int first, char separator);
/// Hundredths of a second as milliseconds; negative ones are 0.
[[nodiscard]] std::uint64_t check_centiseconds(lua_State* L, int index);
/// Raises the text that the failed wait of the current task came with.
int raise_failure(lua_State* L, const char* what);

}  // namespace moonward::sandbox
