/// The owner's way to send on a connection without its I/O thread.
///
/// A worker that answers a request would have to wake the I/O thread, which costs more than the
/// call that sends. So while a connection is open and nothing is queued, the worker sends; what the
/// system doesn't take at once is queued for the I/O thread, and until that is sent all writes are.
/// Invariant: after `close` no send is under way and none will begin: the descriptor may be closed.
/// Threads: `send` by workers, one at a time does; `open` and `close` by the I/O thread.
#pragma once

#include "host/spin_mutex.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <sys/socket.h>

namespace moonward::host {

class direct_send {
 public:
  void open(int descriptor) noexcept { descriptor_.store(descriptor, std::memory_order_seq_cst); }
  void close() noexcept {
    descriptor_.store(-1, std::memory_order_seq_cst);
    while (sending_.load(std::memory_order_seq_cst)) relax_cpu();
  }

  /// Bytes that the system took, from the begin of the pieces: 0 when it took none now, when the
  /// line isn't open, or when the pieces are many and large.
  [[nodiscard]] std::size_t send(std::span<const std::string_view> pieces) noexcept {
    if (sending_.exchange(true, std::memory_order_seq_cst)) return 0;
    const int descriptor = descriptor_.load(std::memory_order_seq_cst);
    const std::size_t sent = descriptor < 0 ? 0 : send_on(descriptor, pieces);
    sending_.store(false, std::memory_order_release);
    return sent;
  }

 private:
  static constexpr std::size_t most_gathered = 8 * 1024;

  static std::size_t send_on(int descriptor, std::span<const std::string_view> pieces) noexcept {
    if (pieces.size() == 1) return send_bytes(descriptor, pieces[0]);
    std::array<char, most_gathered> gathered;
    std::size_t size = 0;
    for (const std::string_view piece : pieces) {
      if (piece.size() > gathered.size() - size) return 0;
      if (!piece.empty()) std::memcpy(gathered.data() + size, piece.data(), piece.size());
      size += piece.size();
    }
    return send_bytes(descriptor, {gathered.data(), size});
  }
  // With an address of null and these flags: the one form that a worker's filter lets pass. An
  // error is left for the I/O thread to find.
  static std::size_t send_bytes(int descriptor, std::string_view bytes) noexcept {
    if (bytes.empty()) return 0;
    const ssize_t sent =
        ::sendto(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, 0);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }

  // Each side writes its own and then reads the other's: seq_cst, so that not both miss.
  std::atomic<int> descriptor_{-1};   // I/O thread writes, workers read
  std::atomic<bool> sending_{false};  // a worker sends
};

}  // namespace moonward::host
