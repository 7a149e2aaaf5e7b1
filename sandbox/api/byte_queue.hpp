/// The bytes that a socket has received and the script has not read: the received messages
/// themselves, so that they are copied once, into the Lua string, and stay charged to the tenant
/// until then.
///
/// Searching for a separator goes on where the last search ended. A peer that sends byte by byte
/// would make a message of each: runs of small ones are joined.
/// Thread: the worker that runs the service; what changes the queue, in a host section.
#pragma once

#include "sandbox/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::sandbox {

class byte_queue {
 public:
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  byte_queue() = default;
  ~byte_queue() { clear(); }
  byte_queue(const byte_queue&) = delete;
  byte_queue& operator=(const byte_queue&) = delete;

  /// Takes the message; its bytes begin after `header_bytes` of payload.
  void append(message* m, std::uint32_t header_bytes) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The first bytes, as many as lie in one piece.
  [[nodiscard]] std::string_view front() const noexcept;
  /// Copies the first `bytes`, which must be there.
  void copy(char* to, std::size_t bytes) const noexcept;
  /// Drops the first `bytes`, or all there are.
  void drop(std::size_t bytes) noexcept;
  /// Where the separator begins; npos when it isn't there. It isn't empty.
  [[nodiscard]] std::size_t find(std::string_view separator) noexcept;
  void clear() noexcept;

 private:
  [[nodiscard]] std::string_view bytes_of(const message* m) const noexcept;
  void note_small(const message* m) noexcept;
  void join_run() noexcept;
  [[nodiscard]] bool matches(const message* m, std::size_t offset,
                             std::string_view text) const noexcept;

  message* first_ = nullptr;
  message* last_ = nullptr;
  message* before_run_ = nullptr;  // small messages follow it to the end; null: all are small
  std::size_t run_ = 0;            // how many
  std::uint32_t header_bytes_ = 0;
  std::size_t taken_ = 0;  // of the first message
  std::size_t size_ = 0;
  std::size_t searched_ = 0;  // no separator begins before it
  std::string separator_;     // what was searched for
};

}  // namespace moonward::sandbox
