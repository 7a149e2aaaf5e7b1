/// The large blocks of an arena: a table from address to mapped size.
///
/// Open addressing with linear probing, kept in a mapping of its own so that it survives any kill
/// of the script that filled it. Its callers change it inside the arena's busy sections only.
/// Thread: the worker that runs the service.
#pragma once

#include "sandbox/memory/chunk_source.hpp"

#include <cstddef>
#include <cstdint>

namespace moonward::sandbox {

class large_blocks {
 public:
  large_blocks() = default;
  large_blocks(const large_blocks&) = delete;
  large_blocks& operator=(const large_blocks&) = delete;

  /// Bytes by which the table would grow for one more entry.
  [[nodiscard]] std::size_t growth_bytes() const noexcept;
  /// Makes room for one more entry; false when there's no memory.
  [[nodiscard]] bool reserve(chunk_source& from) noexcept;
  /// After a successful reserve.
  void insert(void* block, std::size_t bytes) noexcept;
  /// Mapped size of a block, and the entry is removed; 0 when unknown.
  std::size_t remove(void* block) noexcept;
  [[nodiscard]] std::size_t size_of(const void* block) const noexcept;
  /// Has all blocks and the table unmapped.
  void unmap_all(chunk_source& by) noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  struct entry {
    std::uintptr_t address;
    std::size_t bytes;
  };
  [[nodiscard]] std::size_t slot_of(std::uintptr_t address) const noexcept;

  entry* entries_ = nullptr;
  std::size_t capacity_ = 0;  // a power of two, or 0
  std::size_t count_ = 0;
};

/// Anonymous private memory, whole pages; null on failure.
[[nodiscard]] void* map_pages(std::size_t bytes) noexcept;
void unmap_pages(void* address, std::size_t bytes) noexcept;
/// Has the kernel give the pages now, in one call; older kernels don't know the request, and then
/// they come one by one.
void populate_pages(void* address, std::size_t bytes) noexcept;
/// The pages stay mapped and lose their content: they cost nothing until they are touched again.
void discard_pages(void* address, std::size_t bytes) noexcept;
/// May move; null on failure, and then the old mapping is untouched.
[[nodiscard]] void* remap_pages(void* address, std::size_t old_bytes,
                                std::size_t new_bytes) noexcept;

}  // namespace moonward::sandbox
