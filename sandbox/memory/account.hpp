/// A memory account: what one tenant holds of the process's memory, against a cap.
///
/// Arenas, mailboxes, socket buffers and host-side tables of a tenant are charged here before the
/// memory is taken and given back when it is freed. Invariant: `used` never exceeds `cap` but
/// through `charge_always`, which pays for what must not fail (a shrink, an error to a caller).
/// Thread: any; the counters are atomics with no order to anything else.
#pragma once

#include <atomic>
#include <cstdint>

namespace moonward::sandbox {

class memory_account {
 public:
  explicit memory_account(std::uint64_t cap_bytes) noexcept : cap_{cap_bytes} {}
  memory_account(const memory_account&) = delete;
  memory_account& operator=(const memory_account&) = delete;

  /// Charges `bytes`; false, and nothing is charged, when the cap would be exceeded.
  [[nodiscard]] bool charge(std::uint64_t bytes) noexcept {
    const std::uint64_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= cap_.load(std::memory_order_relaxed)) return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    refusals_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  /// A charge of `bytes` would go through now. A guess: others charge meanwhile.
  [[nodiscard]] bool has_room(std::uint64_t bytes) const noexcept {
    return used_bytes() + bytes <= cap_bytes();
  }
  void charge_always(std::uint64_t bytes) noexcept {
    used_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void release(std::uint64_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  void set_cap(std::uint64_t bytes) noexcept { cap_.store(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t used_bytes() const noexcept {
    return used_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t cap_bytes() const noexcept {
    return cap_.load(std::memory_order_relaxed);
  }
  /// How often a charge was refused.
  [[nodiscard]] std::uint64_t refusals() const noexcept {
    return refusals_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> used_{0};      // any thread adds and subtracts
  std::atomic<std::uint64_t> cap_;          // written on reload, read by any thread
  std::atomic<std::uint64_t> refusals_{0};  // any thread adds
};

}  // namespace moonward::sandbox
