#include "host/control/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace moonward::host {

std::size_t latency_histogram::bucket_of(std::uint64_t nanoseconds) noexcept {
  if (nanoseconds < (std::uint64_t{1} << lowest_bit)) return 0;
  if (nanoseconds >= (std::uint64_t{1} << highest_bit)) return buckets - 1;
  const auto top = static_cast<unsigned>(std::bit_width(nanoseconds) - 1);
  const std::uint64_t below =
      (nanoseconds >> (top - bits_a_doubling)) & ((1U << bits_a_doubling) - 1);
  return 1 + ((std::size_t{top - lowest_bit} << bits_a_doubling) | static_cast<std::size_t>(below));
}

std::uint64_t latency_histogram::upper_end(std::size_t bucket) noexcept {
  if (bucket == 0) return std::uint64_t{1} << lowest_bit;
  const std::size_t index = bucket - 1;
  const auto top = static_cast<unsigned>(index >> bits_a_doubling) + lowest_bit;
  const std::uint64_t below = index & ((1U << bits_a_doubling) - 1);
  return ((std::uint64_t{1} << bits_a_doubling) + below + 1) << (top - bits_a_doubling);
}

void latency_histogram::add(std::uint64_t nanoseconds) noexcept {
  ++counts_[bucket_of(nanoseconds)];
  ++count_;
  max_ns_ = std::max(max_ns_, nanoseconds);
}

std::uint64_t latency_histogram::percentile_ns(double share) const noexcept {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    seen += counts_[bucket];
    if (seen < wanted || counts_[bucket] == 0) continue;
    return bucket == buckets - 1 ? max_ns_ : std::min(upper_end(bucket), max_ns_);
  }
  return max_ns_;
}

}  // namespace moonward::host
