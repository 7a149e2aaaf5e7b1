/// A message: what one service (or a timer, a socket, the host) puts into the mailbox of another.
///
/// One allocation holds header and payload. A message has exactly one owner at any time: the
/// sender until it is pushed, the mailbox, the receiving slice, and whoever it is handed to after.
/// Its memory is charged to an account (the tenant that causes it) from allocation to release.
/// Thread: a message itself is not shared; ownership moves between threads through a mailbox.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace moonward::sandbox {

class memory_account;

/// Handle of a service: never reused in the life of a host; 0 is nobody.
using handle = std::uint64_t;

/// Message types, the numbers of Skynet's `PTYPE_*`; scripts may register any free one up to 255.
enum class message_type : std::uint8_t {
  text = 0,
  response = 1,
  multicast = 2,
  client = 3,
  system = 4,
  harbor = 5,
  socket = 6,
  error = 7,
  queue = 8,
  debug = 9,
  lua = 10,
  snax = 11,
  trace = 12,
};

/// What a message is besides its type, set by the host alone; scripts can't forge it.
enum class message_origin : std::uint8_t {
  service,  ///< sent by a service
  timer,    ///< a timer that is due; a session nobody waits for any more is silently dropped
  host,     ///< sent by the host on its own behalf (start of a service, socket events, verdicts)
};

namespace message_flag {
inline constexpr std::uint16_t reply = 1;    ///< answers a request that the sender owed
inline constexpr std::uint16_t foreign = 2;  ///< sender and receiver are of different tenants
}  // namespace message_flag

struct message {
  message* next;            ///< link of the queue that owns the message
  handle destination;       ///< checked by the receiver: the slot may have a new tenant by then
  handle source;            ///< 0: the host
  memory_account* account;  ///< who pays until release; null: nobody
  std::int32_t session;     ///< 0: no answer is expected
  std::uint32_t size;       ///< payload bytes
  message_type type;
  message_origin origin;
  std::uint16_t flags;  ///< message_flag; set by C++ code alone

  [[nodiscard]] std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  [[nodiscard]] const std::byte* data() const noexcept {
    return reinterpret_cast<const std::byte*>(this + 1);
  }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), size};
  }
  /// What the message costs its account and the mailbox's byte limit.
  [[nodiscard]] std::size_t footprint() const noexcept { return sizeof(message) + size; }
};

/// Allocates a message with `size` bytes of uninitialised payload and charges its footprint to
/// `account` (null: to nobody). Null when the account refuses. Any thread.
[[nodiscard]] message* allocate_message(std::size_t size, memory_account* account) noexcept;

/// As allocate_message, with the payload copied from `bytes`.
[[nodiscard]] message* make_message(std::string_view bytes, memory_account* account) noexcept;

/// Frees a message and gives its footprint back to its account; null is fine. Any thread.
void release_message(message* m) noexcept;

/// Releases a chain linked by `next`.
void release_chain(message* first) noexcept;

}  // namespace moonward::sandbox
