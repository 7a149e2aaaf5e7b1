/// What the functions of the native module "http.core" share.
///
/// A reader is what sockethelper.readfunc makes: a C function that knows its socket, so that a
/// message is parsed where the socket's input lies. A writer is its counterpart. Where a script
/// brings functions of its own, the Lua side hands their strings to the same parsers.
/// A head is copied out of the input before its table is built, for building may run a finalizer
/// that reads from the socket.
/// Thread: the worker that runs the service.
#pragma once

#include "sandbox/http/message_head.hpp"
#include "sandbox/vm/lua.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace moonward::sandbox {

[[nodiscard]] std::span<const luaL_Reg> http_stream_functions();
[[nodiscard]] std::span<const luaL_Reg> http_read_functions();
[[nodiscard]] std::span<const luaL_Reg> http_text_functions();
[[nodiscard]] std::span<const luaL_Reg> http_write_functions();
[[nodiscard]] std::span<const luaL_Reg> websocket_functions();

/// The socket of the reader (writer) at `index`; nothing for any other value.
[[nodiscard]] std::optional<std::uint64_t> reader_socket(lua_State* L, int index);
[[nodiscard]] std::optional<std::uint64_t> writer_socket(lua_State* L, int index);

/// Raises the socket_error of the reader or writer at `index`; "read" or "write" is what failed.
int raise_socket_error(lua_State* L, int index, const char* what);

/// The limit at `index`, at most the service's memory; nil: a quarter of that, so that a body which
/// can't be held is refused instead of an error of memory.
[[nodiscard]] std::uint64_t check_body_limit(lua_State* L, int index);

/// Gives the userdata on top its type, by which luaL_checkudata knows it; scripts can't see the
/// metatable.
void set_type(lua_State* L, const char* type);

/// Pushes the fields as a table: names in lower case, the values of a repeated one as a list.
void push_fields(lua_State* L, const http::message_head& head);
/// Adds a field to the table on top.
void add_field(lua_State* L, const http::field& f);

/// A chunked body that is being read: two values on the stack from `at` on.
class chunked_body {
 public:
  /// The values that make up a body.
  static constexpr int slots = 2;

  /// Pushes the values.
  static void open(lua_State* L);
  /// Takes the values from `at` on, which open() has pushed; raises for others.
  chunked_body(lua_State* L, int at) : state_{L}, at_{at} {}

  enum class outcome : std::uint8_t { more, done, malformed, too_large };

  /// Decodes what the socket has; takes it out of the input.
  [[nodiscard]] outcome feed(std::uint64_t socket, std::uint64_t limit_bytes) const;
  /// Decodes a text; `taken` tells how much of it.
  [[nodiscard]] outcome feed(std::string_view text, std::uint64_t limit_bytes,
                             std::size_t& taken) const;
  /// Pushes what of the body has come since the last time, and adds the trailers to the table of
  /// fields at `fields`, but for those of names that are there.
  void push(int fields) const;

 private:
  lua_State* state_;
  int at_;
};

}  // namespace moonward::sandbox
