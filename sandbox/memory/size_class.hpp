/// Size classes of the arena: which block size serves a request.
///
/// Sixteen-byte steps up to 128, then four classes a doubling: at most a quarter of a block is
/// waste. Blocks up to `small_limit` share a span of pages; up to `run_limit` a block has a run of
/// pages for itself; larger ones are mappings of their own.
#pragma once

#include "sandbox/memory/chunk_source.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace moonward::sandbox {

inline constexpr std::size_t small_limit = 4096;
inline constexpr std::size_t run_limit = 8 * page_bytes;

/// Class of a request of 1 … small_limit bytes.
[[nodiscard]] constexpr unsigned size_class(std::size_t bytes) noexcept {
  if (bytes <= 128) return static_cast<unsigned>((bytes + 15) / 16 - 1);
  const auto width = static_cast<unsigned>(std::bit_width(bytes - 1));
  const auto quarter = static_cast<unsigned>((bytes - 1) >> (width - 3)) & 3U;
  return 8 + (width - 8) * 4 + quarter;
}

inline constexpr unsigned class_count = size_class(small_limit) + 1;

namespace detail {
constexpr std::array<std::uint16_t, class_count> make_class_sizes() {
  std::array<std::uint16_t, class_count> sizes{};
  for (std::size_t bytes = 16; bytes <= small_limit; bytes += 16)
    sizes[size_class(bytes)] = static_cast<std::uint16_t>(bytes);
  return sizes;
}
}  // namespace detail

/// Block size of each class, in bytes.
inline constexpr auto class_sizes = detail::make_class_sizes();

/// Pages in one span of a class: enough for a waste of at most an eighth at its end.
[[nodiscard]] constexpr unsigned span_pages(unsigned klass) noexcept {
  return class_sizes[klass] <= 1024 ? 1 : 4;
}

}  // namespace moonward::sandbox
