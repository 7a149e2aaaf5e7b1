/// A token bucket: so many bytes a second, with bursts of a tenth of a second's worth.
///
/// Invariant: over any stretch of time no more is granted than `rate * time + burst`.
/// Thread: any; a mutex guards it, taken once a read or write of a rate-limited tenant.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace moonward::host {

class token_bucket {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// 0 = no limit.
  void set_rate(std::uint64_t bytes_per_second) noexcept {
    const std::lock_guard lock{mutex_};
    rate_ = bytes_per_second;
    limited_.store(rate_ != 0, std::memory_order_relaxed);
    tokens_ = std::min(tokens_, burst());
  }

  [[nodiscard]] bool limited() const noexcept { return limited_.load(std::memory_order_relaxed); }

  /// Grants up to `wanted` bytes; 0 when the bucket is empty: ask again after `wait_time`.
  [[nodiscard]] std::uint64_t take(std::uint64_t wanted, time_point now) noexcept {
    if (!limited()) return wanted;
    const std::lock_guard lock{mutex_};
    if (rate_ == 0) return wanted;
    refill(now);
    const std::uint64_t granted = std::min(wanted, tokens_);
    tokens_ -= granted;
    return granted;
  }

  /// What was taken and not used.
  void give_back(std::uint64_t bytes) noexcept {
    if (!limited()) return;
    const std::lock_guard lock{mutex_};
    if (rate_ != 0) tokens_ = std::min(tokens_ + bytes, burst());
  }

  /// How long until half a burst (or `wanted`, if that is less) can be granted.
  [[nodiscard]] std::chrono::nanoseconds wait_time(std::uint64_t wanted) const noexcept {
    const std::lock_guard lock{mutex_};
    if (rate_ == 0) return std::chrono::nanoseconds{0};
    const std::uint64_t enough = std::min(wanted, std::max<std::uint64_t>(burst() / 2, 1));
    if (enough <= tokens_) return std::chrono::nanoseconds{0};
    const double seconds = static_cast<double>(enough - tokens_) / static_cast<double>(rate_);
    return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9) + 1};
  }

 private:
  [[nodiscard]] std::uint64_t burst() const noexcept {
    return std::max<std::uint64_t>(rate_ / 10, 1);
  }

  void refill(time_point now) noexcept {
    if (!started_) {
      started_ = true;
      filled_at_ = now;
      tokens_ = burst();
      return;
    }
    if (now <= filled_at_) return;
    const auto passed = std::chrono::duration<double>(now - filled_at_).count();
    const double earned =
        std::min(passed * static_cast<double>(rate_), static_cast<double>(burst()));
    const auto whole = static_cast<std::uint64_t>(earned);
    if (whole == 0) return;
    tokens_ = std::min(tokens_ + whole, burst());
    filled_at_ = now;
  }

  std::atomic<bool> limited_{false};  // who sets the rate writes, any reads; relaxed
  mutable std::mutex mutex_;          // guards all below
  std::uint64_t rate_ = 0;
  std::uint64_t tokens_ = 0;
  time_point filled_at_;
  bool started_ = false;
};

}  // namespace moonward::host
