/// The host-side heap: messages, buffers and tables that live outside the arenas.
///
/// mimalloc, because a message is often freed by another thread than the one that made it; the
/// plain allocator in sanitizer builds, so that they see every block. Never called inside the VM
/// but in a host section: a kill must not leave its locks held. Thread: any.
#pragma once

#include <cstddef>
#include <cstdlib>

#ifndef MOONWARD_SANITIZER
#include <mimalloc.h>
#endif

namespace moonward::sandbox {

[[nodiscard]] inline void* heap_allocate(std::size_t bytes) noexcept {
#ifdef MOONWARD_SANITIZER
  return std::malloc(bytes);
#else
  return mi_malloc(bytes);
#endif
}

inline void heap_free(void* block) noexcept {
#ifdef MOONWARD_SANITIZER
  std::free(block);
#else
  mi_free(block);
#endif
}

}  // namespace moonward::sandbox
