#include "sandbox/http/websocket_frame.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <boost/beast/core/detail/sha1.hpp>

#include <cstring>

namespace moonward::sandbox::http {

namespace {

namespace detail = boost::beast::detail;

constexpr std::string_view handshake_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::uint8_t length_in_2 = 126;
constexpr std::uint8_t length_in_8 = 127;

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

bool is_known(std::uint8_t op) noexcept { return op <= 2 || (op >= 8 && op <= 10); }

}  // namespace

frame_state parse_frame_head(std::string_view bytes, frame_head& out) noexcept {
  out.head_bytes = 2;
  if (bytes.empty()) return frame_state::incomplete;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto op = static_cast<std::uint8_t>(first & 0x0F);
  if ((first & 0x70) != 0 || !is_known(op)) return frame_state::malformed;
  out.final = (first & 0x80) != 0;
  out.op = static_cast<opcode>(op);
  if (is_control(out.op) && !out.final) return frame_state::malformed;
  if (bytes.size() < 2) return frame_state::incomplete;
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  out.masked = (second & 0x80) != 0;
  const auto length = static_cast<std::uint8_t>(second & 0x7F);
  if (is_control(out.op) && length > most_control_bytes) return frame_state::malformed;
  const std::size_t length_bytes = length == length_in_2 ? 2 : length == length_in_8 ? 8 : 0;
  out.head_bytes = 2 + length_bytes + (out.masked ? sizeof out.mask : 0);
  if (bytes.size() < out.head_bytes) return frame_state::incomplete;
  out.payload_bytes = length_bytes == 0 ? length : big_endian(bytes.substr(2, length_bytes));
  if (length == length_in_2 && out.payload_bytes < length_in_2) return frame_state::malformed;
  if (length == length_in_8 && (out.payload_bytes <= 0xFFFF || out.payload_bytes >> 63 != 0))
    return frame_state::malformed;
  if (out.masked) std::memcpy(out.mask.data(), bytes.data() + 2 + length_bytes, sizeof out.mask);
  return frame_state::complete;
}

std::size_t write_frame_head(const frame_head& head, char* to) noexcept {
  std::size_t at = 0;
  const auto put = [&](std::uint64_t byte) { to[at++] = static_cast<char>(byte & 0xFF); };
  const unsigned mask = head.masked ? 0x80 : 0;
  put((head.final ? 0x80U : 0U) | static_cast<unsigned>(head.op));
  if (head.payload_bytes < length_in_2) {
    put(mask | head.payload_bytes);
  } else if (head.payload_bytes <= 0xFFFF) {
    put(mask | length_in_2);
    for (int shift = 8; shift >= 0; shift -= 8) put(head.payload_bytes >> shift);
  } else {
    put(mask | length_in_8);
    for (int shift = 56; shift >= 0; shift -= 8) put(head.payload_bytes >> shift);
  }
  if (head.masked)
    for (const unsigned char byte : head.mask) put(byte);
  return at;
}

void apply_mask(char* bytes, std::size_t count, const mask_key& key) noexcept {
  std::uint32_t half = 0;
  std::memcpy(&half, key.data(), sizeof half);
  const std::uint64_t wide = std::uint64_t{half} << 32 | half;
  std::size_t i = 0;
  for (; count - i >= sizeof wide; i += sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, sizeof word);
    word ^= wide;
    std::memcpy(bytes + i, &word, sizeof word);
  }
  for (; i < count; ++i) bytes[i] = static_cast<char>(bytes[i] ^ key[i % key.size()]);
}

bool is_close_code(unsigned code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

bool utf8_checker::feed(std::string_view bytes) noexcept {
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (missing_ != 0) {
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xBF;
      --missing_;
    } else if (byte >= 0x80) {
      // No overlong forms, no surrogates, nothing above U+10FFFF.
      if (byte < 0xC2 || byte > 0xF4) return false;
      missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
      if (byte == 0xE0) low_ = 0xA0;
      if (byte == 0xED) high_ = 0x9F;
      if (byte == 0xF0) low_ = 0x90;
      if (byte == 0xF4) high_ = 0x8F;
    }
  }
  return true;
}

bool is_utf8(std::string_view text) noexcept {
  utf8_checker checker;
  return checker.feed(text) && checker.at_boundary();
}

accept_text accept_of(std::string_view key) noexcept {
  detail::sha1_context context;
  detail::init(context);
  detail::update(context, key.data(), key.size());
  detail::update(context, handshake_guid.data(), handshake_guid.size());
  std::array<char, detail::sha1_context::digest_size> digest;
  detail::finish(context, digest.data());
  accept_text out;
  (void)detail::base64::encode(out.data(), digest.data(), digest.size());
  return out;
}

key_text encode_key(const std::array<unsigned char, 16>& bytes) noexcept {
  key_text out;
  (void)detail::base64::encode(out.data(), bytes.data(), bytes.size());
  return out;
}

}  // namespace moonward::sandbox::http
