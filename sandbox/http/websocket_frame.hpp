/// WebSocket frames (RFC 6455), taken apart and put together over plain memory.
///
/// Everything is checked that can be told from one frame: reserved bits and opcodes, the size and
/// wholeness of control frames, lengths in their shortest form, close codes. What needs more than
/// one frame (order of fragments, size of a message, UTF-8 across fragments) is the caller's.
/// Thread: any; no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace moonward::sandbox::http {

enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

[[nodiscard]] constexpr bool is_control(opcode op) noexcept {
  return static_cast<std::uint8_t>(op) >= 8;
}

/// Codes of a close frame that the codec itself gives.
namespace close_code {
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t invalid_data = 1007;
inline constexpr std::uint16_t too_big = 1009;
}  // namespace close_code

using mask_key = std::array<unsigned char, 4>;

struct frame_head {
  opcode op = opcode::continuation;
  bool final = true;
  bool masked = false;
  mask_key mask{};
  std::uint64_t payload_bytes = 0;
  std::size_t head_bytes = 0;
};

inline constexpr std::size_t most_frame_head_bytes = 14;
inline constexpr std::size_t most_control_bytes = 125;

enum class frame_state : std::uint8_t { complete, incomplete, malformed };

/// Reads the head that `bytes` begin with. When it is incomplete, `out.head_bytes` tells how long
/// it is as far as can be seen.
[[nodiscard]] frame_state parse_frame_head(std::string_view bytes, frame_head& out) noexcept;

/// Writes a frame's head to `to`, which has most_frame_head_bytes; how many bytes it has.
[[nodiscard]] std::size_t write_frame_head(const frame_head& head, char* to) noexcept;

/// Masks or unmasks a whole payload in place.
void apply_mask(char* bytes, std::size_t count, const mask_key& key) noexcept;

/// Whether an endpoint may send this code in a close frame.
[[nodiscard]] bool is_close_code(unsigned code) noexcept;

/// Checks UTF-8 that comes in pieces.
class utf8_checker {
 public:
  /// False as soon as no further bytes could make it right.
  [[nodiscard]] bool feed(std::string_view bytes) noexcept;
  /// Whether the text may end here.
  [[nodiscard]] bool at_boundary() const noexcept { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;  // bytes of the current character that are to come
  std::uint8_t low_ = 0x80;   // what the next of them may be
  std::uint8_t high_ = 0xBF;
};

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// What a server answers to a client's key: 28 characters.
using accept_text = std::array<char, 28>;
[[nodiscard]] accept_text accept_of(std::string_view key) noexcept;

/// 16 bytes as base64: 24 characters.
using key_text = std::array<char, 24>;
[[nodiscard]] key_text encode_key(const std::array<unsigned char, 16>& bytes) noexcept;

}  // namespace moonward::sandbox::http
