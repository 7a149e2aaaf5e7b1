#include "host/time/tick_clock.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace moonward::host {

namespace {

constexpr std::uint64_t measured_over_ns = 5 * ns_a_ms;

// Ticks at one rate whatever the processor does, and on all cores alike (CPUID 80000007h, EDX bit
// 8).
bool counter_is_invariant() noexcept {
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(0x80000007U, &a, &b, &c, &d) != 0 && (d & (1U << 8)) != 0;
#else
  return false;
#endif
}

}  // namespace

std::uint64_t tick_clock::anchored() noexcept {
  static const bool invariant = counter_is_invariant();
  anchor_ns_ = time_.now_ns();
  anchor_ticks_ = read_ticks();
  if (anchor_ns_ > last_ns_) last_ns_ = anchor_ns_;
  if (first_ticks_ == 0) {
    first_ns_ = anchor_ns_;
    first_ticks_ = anchor_ticks_;
  }
  const std::uint64_t ns = anchor_ns_ - first_ns_;
  const std::uint64_t ticks = anchor_ticks_ - first_ticks_;
  if (invariant && ns >= measured_over_ns && ticks != 0) {
    const double rate = static_cast<double>(ns) / static_cast<double>(ticks);
    ns_a_tick_ = static_cast<std::uint64_t>(rate * static_cast<double>(1U << fraction_bits));
    anchored_for_ticks_ = static_cast<std::uint64_t>(static_cast<double>(ns_a_ms) / rate);
  }
  return last_ns_;
}

}  // namespace moonward::host
