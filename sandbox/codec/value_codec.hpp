/// The codec between Lua values and message payloads.
///
/// nil, booleans, numbers, strings and tables of these are copied (array part first, `__pairs`
/// honoured, metatables dropped); a table that occurs twice is copied twice; one that contains
/// itself, a function, a userdata or a coroutine is refused. The reader trusts nothing: a stream
/// forged by a script gives an error, never a wild read.
/// Thread: the worker that runs the service; the functions raise Lua errors.
#pragma once

#include "sandbox/codec/encode_buffer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

struct lua_State;

namespace moonward::sandbox {

struct codec_limits {
  std::uint64_t message_bytes;
  std::uint32_t message_depth;
};

/// Appends the values at stack indices first … last to the buffer. Raises what the script should
/// know: the type that can't be sent, the limit that is exceeded.
void encode_values(lua_State* L, int first, int last, encode_buffer& out,
                   const codec_limits& limits);

/// Pushes the values of the stream; their number. Raises "malformed message" and where.
int decode_values(lua_State* L, std::string_view stream);

/// Packs plain values on the host's side, for answers to a session:
/// packed_values{}.add(1).add("x").
class packed_values {
 public:
  packed_values& nil();
  packed_values& add(bool value);
  packed_values& add(std::int64_t value);
  packed_values& add(double value);
  packed_values& add(std::string_view value);
  packed_values& begin_table(std::uint32_t array_length);
  packed_values& end_table();
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace moonward::sandbox
