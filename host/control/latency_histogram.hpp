/// How long answers took: counts in buckets that are 3 % wide, from a microsecond to a minute.
///
/// Invariant: a percentile is never below the true one and at most one bucket above it; the maximum
/// is exact. Value type, one writer; thread: its owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace moonward::host {

class latency_histogram {
 public:
  void add(std::uint64_t nanoseconds) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t max_ns() const noexcept { return max_ns_; }
  /// The time within which `share` (0 to 1) of the answers came; 0 when there are none.
  [[nodiscard]] std::uint64_t percentile_ns(double share) const noexcept;

 private:
  // 32 buckets for each doubling, as the bits of the number give them.
  static constexpr unsigned bits_a_doubling = 5;
  static constexpr unsigned lowest_bit = 10;   // below 1024 ns all is one bucket
  static constexpr unsigned highest_bit = 36;  // above 68 s, too
  static constexpr std::size_t buckets =
      (std::size_t{highest_bit - lowest_bit} << bits_a_doubling) + 2;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t nanoseconds) noexcept;
  [[nodiscard]] static std::uint64_t upper_end(std::size_t bucket) noexcept;

  std::array<std::uint32_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace moonward::host
