/// The head of an HTTP/1 message: start line and fields, read strictly.
///
/// Boost.Beast's parser reads it; what Beast lets through and a proxy in front may read differently
/// is refused here: folded lines, repeated Host, a body with two lengths, unknown codings.
/// Views point into the text that was parsed.
/// Thread: any; plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace moonward::sandbox::http {

/// Bytes of a head, its empty line included; Skynet's limit.
inline constexpr std::size_t most_head_bytes = 8192;
inline constexpr std::size_t most_fields = 128;

/// What an HTTP server answers to a message that it can't take.
enum class refusal : std::uint16_t {
  none = 0,
  bad_request = 400,
  too_large = 413,
  not_implemented = 501,        ///< a transfer coding but "chunked"
  version_not_supported = 505,  ///< neither HTTP/1.0 nor HTTP/1.1
};

/// Where the body ends.
enum class body_framing : std::uint8_t {
  none,       ///< there is no body
  length,     ///< after `body_bytes`
  chunked,    ///< after the last chunk and its trailers
  until_end,  ///< with the connection; responses alone
};

struct field {
  std::string_view name;   ///< as it was sent
  std::string_view value;  ///< without the spaces around it
};

struct message_head {
  std::string_view method;  ///< of a request
  std::string_view target;  ///< of a request, as it was sent
  unsigned status = 0;      ///< of a response
  int version = 11;         ///< 10 or 11
  body_framing framing = body_framing::none;
  bool expects_continue = false;  ///< the client waits for "100 Continue"
  std::uint64_t body_bytes = 0;   ///< when framed by length
  std::size_t field_count = 0;
  std::array<field, most_fields> fields;  ///< the first `field_count` are set
};

/// Parses a whole head, which ends with its empty line.
[[nodiscard]] refusal parse_request(std::string_view text, message_head& out) noexcept;
[[nodiscard]] refusal parse_response(std::string_view text, message_head& out) noexcept;

/// Whether every byte may stand in a field's name; an empty one may not.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// Whether every byte may stand in a field's value: no control character but the tab.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// Whether the texts are equal but for the case of ASCII letters.
[[nodiscard]] bool equal_names(std::string_view a, std::string_view b) noexcept;
/// The usual words for a status code; "" for unknown ones.
[[nodiscard]] std::string_view reason_of(unsigned status) noexcept;

}  // namespace moonward::sandbox::http
