/// What the functions of the socket library share.
///
/// Every function looks its socket up again after a Lua call that may have run a finalizer or
/// waited: no pointer into the table lives across one.
/// Thread: the worker that runs the service.
#pragma once

#include "sandbox/api/socket_table.hpp"
#include "sandbox/vm/lua.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

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

/// What a reader waits for; see script_socket.
struct input_wish {
  read_goal goal;
  std::size_t bytes;
  std::string_view separator;
};

/// Waits for input of the socket, which is open; `return wait_for_input(…)`. Raises when another
/// task waits for it.
int wait_for_input(lua_State* L, std::uint64_t id, const input_wish& wish,
                   lua_KFunction continuation, lua_KContext context);
/// Pushes the first `bytes` of the input, which are there, and takes them and `dropped` more out.
void push_input(lua_State* L, std::uint64_t id, std::size_t bytes, std::size_t dropped);

enum class write_outcome : std::uint8_t {
  written,
  failed,  ///< the socket is closed, or the tenant's memory is full
  waits,   ///< the caller does `return actor.wait(…)`; then is_writable tells how it went
};

/// Queues the pieces as one write; `low` ones go after all others.
[[nodiscard]] write_outcome write_pieces(lua_State* L, std::uint64_t id,
                                         std::span<const std::string_view> pieces, bool low);
[[nodiscard]] bool is_writable(lua_State* L, std::uint64_t id);

/// Releases a callback and clears its reference.
void release_callback(lua_State* L, int& reference);

}  // namespace moonward::sandbox
