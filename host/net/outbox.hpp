/// What a connection has still to send.
///
/// One `write` of a script is one chunk: its pieces gathered in one block, charged to the tenant
/// until the last byte is with the kernel. Normal chunks go first, low ones when no normal one
/// waits; a chunk that is partly sent is finished before anything else.
/// Thread: `push` by the worker that runs the owner, the rest by the connection's I/O thread. The
/// two meet in `incoming_`, a stack that is taken as a whole.
#pragma once

#include "sandbox/memory/account.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <sys/uio.h>

namespace moonward::host {

class outbox {
 public:
  explicit outbox(sandbox::memory_account& account) noexcept : account_{account} {}
  ~outbox() { clear(); }
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Which chunks go first.
  enum class priority : std::uint8_t { normal, low };

  /// Copies the pieces, but their first `skip` bytes, into one chunk; false, and nothing is queued,
  /// when the account refuses. It isn't asked when some bytes are out already: the rest must
  /// follow.
  [[nodiscard]] bool push(std::span<const std::string_view> pieces, std::size_t skip,
                          priority p) noexcept;
  /// Bytes not yet sent, those just pushed included. Any thread.
  [[nodiscard]] std::uint64_t queued_bytes() const noexcept {
    return queued_bytes_.load(std::memory_order_acquire);
  }

  /// Takes over what has been pushed. Before the functions below.
  void collect() noexcept;
  [[nodiscard]] bool empty() const noexcept {
    return partial_ == nullptr && normal_.first == nullptr && low_.first == nullptr;
  }
  /// Fills `vectors` with what goes next, `limit` bytes at most; the number of vectors used.
  [[nodiscard]] std::size_t gather(std::span<iovec> vectors, std::uint64_t limit) const noexcept;
  /// The first `bytes` of what `gather` gave are sent.
  void sent(std::uint64_t bytes) noexcept;
  /// Drops everything.
  void clear() noexcept;

 private:
  struct chunk {
    chunk* next;
    std::size_t size;
    std::size_t sent;
    priority order;

    [[nodiscard]] char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
  };
  struct chain {
    chunk* first = nullptr;
    chunk* last = nullptr;
    void append(chunk* c) noexcept;
    [[nodiscard]] chunk* pop() noexcept;
  };
  void release(chunk* c) noexcept;
  [[nodiscard]] chunk* pop() noexcept;

  sandbox::memory_account& account_;
  std::atomic<chunk*> incoming_{nullptr};       // worker pushes (release), I/O takes all (acquire)
  std::atomic<std::uint64_t> queued_bytes_{0};  // worker adds, I/O subtracts, any thread reads
  chunk* partial_ = nullptr;                    // I/O thread: partly sent
  chain normal_;
  chain low_;
};

}  // namespace moonward::host
