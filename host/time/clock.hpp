/// The clock of a host: monotonic, from the start of the host, read directly each time.
///
/// Injected wherever time matters, so that tests move it by hand. Thread: any.
#pragma once

#include <chrono>
#include <cstdint>

namespace moonward::host {

inline constexpr std::uint64_t ns_a_ms = 1'000'000;
inline constexpr std::uint64_t ns_a_second = 1'000'000'000;

class clock {
 public:
  virtual ~clock() = default;
  /// Nanoseconds since the start of the host; never goes back.
  [[nodiscard]] virtual std::uint64_t now_ns() const noexcept = 0;
  [[nodiscard]] std::uint64_t now_ms() const noexcept { return now_ns() / ns_a_ms; }
};

/// The machine's monotonic clock (no system call: the kernel's vDSO answers).
class monotonic_clock final : public clock {
 public:
  [[nodiscard]] std::uint64_t now_ns() const noexcept override {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::steady_clock::now() - start_)
                                          .count());
  }
  /// The instant that is `ns` nanoseconds after the start of the host.
  [[nodiscard]] std::chrono::steady_clock::time_point instant(std::uint64_t ns) const noexcept {
    return start_ + std::chrono::nanoseconds{static_cast<std::int64_t>(ns)};
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace moonward::host
