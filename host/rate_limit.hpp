/// A token bucket: so many events a second, with bursts of one second's worth.
///
/// Kept as one number, the time at which the bucket would be full again, so that it needs no lock
/// and no thread that fills it. The clock is passed in.
/// Thread: any.
#pragma once

#include "host/time/clock.hpp"

#include <atomic>
#include <cstdint>

namespace moonward::host {

class rate_limit {
 public:
  /// `per_second` events, 0: no limit. The burst is one second's worth, one event at least.
  explicit rate_limit(double per_second = 0.0) noexcept { set_rate(per_second); }
  rate_limit(const rate_limit&) = delete;
  rate_limit& operator=(const rate_limit&) = delete;

  /// Takes effect for what is asked from now on. @thread any
  void set_rate(double per_second) noexcept {
    ns_an_event_.store(per_second > 0.0 ? static_cast<double>(ns_a_second) / per_second : 0.0,
                       std::memory_order_relaxed);
  }

  /// True, and `events` are taken, when the bucket holds them. `now_ns` from a monotonic clock.
  [[nodiscard]] bool take(std::uint64_t now_ns, std::uint64_t events = 1) noexcept {
    const double ns_an_event = ns_an_event_.load(std::memory_order_relaxed);
    if (ns_an_event == 0.0) return true;
    const auto cost = static_cast<std::uint64_t>(ns_an_event * static_cast<double>(events));
    const auto one = static_cast<std::uint64_t>(ns_an_event);
    const std::uint64_t burst_ns = one > ns_a_second ? one : ns_a_second;
    std::uint64_t full_at = full_at_ns_.load(std::memory_order_relaxed);
    std::uint64_t next;
    do {
      next = (full_at > now_ns ? full_at : now_ns) + cost;
      if (next > now_ns + burst_ns) return false;
    } while (!full_at_ns_.compare_exchange_weak(full_at, next, std::memory_order_relaxed));
    return true;
  }

 private:
  std::atomic<double> ns_an_event_{0.0};      // any thread, relaxed; 0: no limit
  std::atomic<std::uint64_t> full_at_ns_{0};  // any thread, relaxed: a number by itself
};

}  // namespace moonward::host
