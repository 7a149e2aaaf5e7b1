/// Where arenas get their chunks from: page-aligned blocks of address space that share a page
/// with nothing else.
///
/// `host` implements it over a reserved region with a cache a thread. A chunk is aligned to its
/// size; its content is undefined. Thread: acquire and release may be called by any thread.
#pragma once

#include <cstddef>

namespace moonward::sandbox {

inline constexpr std::size_t chunk_bytes = 64 * 1024;
inline constexpr std::size_t page_bytes = 4096;

class chunk_source {
 public:
  virtual ~chunk_source() = default;
  /// Null when the process is out of memory.
  [[nodiscard]] virtual void* acquire() noexcept = 0;
  virtual void release(void* chunk) noexcept = 0;
};

}  // namespace moonward::sandbox
