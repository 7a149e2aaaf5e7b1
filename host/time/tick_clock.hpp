/// A worker's view of the clock: the processor's time-stamp counter, held to the host's clock.
///
/// Reading the host's clock costs a twentieth of a message, and a slice border wants the time for
/// each message. The counter is cheaper by half; how fast it ticks is measured against the host's
/// clock all along, and no reading is further than a millisecond from a reading of that clock.
/// Never goes back. Without an invariant counter every reading asks the host's clock. Thread: one
/// object a worker, used on it.
#pragma once

#include "host/time/clock.hpp"

#include <cstdint>

namespace moonward::host {

class tick_clock {
 public:
  explicit tick_clock(const clock& time) noexcept : time_{time} {}

  /// Nanoseconds since the start of the host.
  [[nodiscard]] std::uint64_t now_ns() noexcept {
    const std::uint64_t ticks = read_ticks() - anchor_ticks_;
    if (ticks >= anchored_for_ticks_) [[unlikely]]
      return anchored();
    const std::uint64_t now_ns = anchor_ns_ + (ticks * ns_a_tick_ >> fraction_bits);
    if (now_ns > last_ns_) last_ns_ = now_ns;
    return last_ns_;
  }

  /// The same, and the host's clock is asked.
  std::uint64_t anchored() noexcept;

 private:
  static constexpr unsigned fraction_bits = 24;
  [[nodiscard]] static std::uint64_t read_ticks() noexcept {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
  }

  const clock& time_;
  std::uint64_t first_ns_ = 0;  // the reading that the rate is measured from
  std::uint64_t first_ticks_ = 0;
  std::uint64_t anchor_ns_ = 0;  // the last reading of the host's clock
  std::uint64_t anchor_ticks_ = 0;
  std::uint64_t anchored_for_ticks_ =
      0;                         // a millisecond; 0: the rate isn't known, or never will be
  std::uint64_t ns_a_tick_ = 0;  // times 2^fraction_bits
  std::uint64_t last_ns_ = 0;
};

}  // namespace moonward::host
