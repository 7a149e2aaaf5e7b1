/// What the functions of the socket library share.
///
/// Every function looks its socket up again after a Lua call that may have run a finalizer or
/// waited: no pointer into the table lives across one.
/// Thread: the worker that runs the service.
#pragma once

#include "sandbox/api/socket_table.hpp"
#include "sandbox/vm/lua.hpp"

#include <cstdint>
#include <span>

namespace moonward::sandbox {

class actor;

/// The functions of the library, by concept.
[[nodiscard]] std::span<const luaL_Reg> socket_open_functions();
[[nodiscard]] std::span<const luaL_Reg> socket_read_functions();
[[nodiscard]] std::span<const luaL_Reg> socket_write_functions();

/// The socket's id at `index`.
[[nodiscard]] std::uint64_t check_socket_id(lua_State* L, int index);
/// The socket at `index`; raises when it isn't open in this service.
[[nodiscard]] script_socket& check_socket(lua_State* L, int index);

/// Whether the running code may wait; as actor::check_can_wait without raising.
[[nodiscard]] bool can_wait(lua_State* L);
/// Makes the current task wait for a wake-up; the session to be kept, 0 when out of memory. In a
/// host section.
[[nodiscard]] std::int32_t expect_wake_up(actor& a) noexcept;

/// Releases a callback and clears its reference.
void release_callback(lua_State* L, int& reference);

}  // namespace moonward::sandbox
