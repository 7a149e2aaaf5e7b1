/// Where arenas get their chunks from: page-aligned blocks of address space that share a page
/// with nothing else.
///
/// `host` implements it over a reserved region with a cache a thread. A chunk is aligned to its
/// size; its content is undefined. Thread: all functions may be called by any thread.
#pragma once

#include <cstddef>

namespace moonward::sandbox {

inline constexpr std::size_t chunk_bytes = 64 * 1024;
inline constexpr std::size_t page_bytes = 4096;

/// Written over the begin of a mapping that nobody needs any more.
struct dropped_mapping {
  dropped_mapping* next;
  std::size_t bytes;
};

class chunk_source {
 public:
  virtual ~chunk_source() = default;
  /// Null when the process is out of memory. `whole`: its pages will all be used at once, so that
  /// it is worth asking the kernel for all of them in one call.
  [[nodiscard]] virtual void* acquire(bool whole) noexcept = 0;
  virtual void release(void* chunk) noexcept = 0;
  /// Whole pages of their own for a large block, private and zeroed; null on failure.
  [[nodiscard]] virtual void* map(std::size_t bytes) noexcept = 0;
  /// Unmaps mappings of an arena that was dropped, linked by the header that the caller has written
  /// into each: now, or later on another thread.
  virtual void unmap(dropped_mapping* first) noexcept = 0;
};

}  // namespace moonward::sandbox
