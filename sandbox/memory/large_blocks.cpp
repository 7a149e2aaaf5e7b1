#include "sandbox/memory/large_blocks.hpp"

#include <new>
#include <sys/mman.h>

namespace moonward::sandbox {

namespace {
constexpr std::size_t initial_capacity = 256;  // one page of entries
}

void* map_pages(std::size_t bytes) noexcept {
  void* p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

void unmap_pages(void* address, std::size_t bytes) noexcept { ::munmap(address, bytes); }

void populate_pages(void* address, std::size_t bytes) noexcept {
  ::madvise(address, bytes, MADV_POPULATE_WRITE);
}

void discard_pages(void* address, std::size_t bytes) noexcept {
  ::madvise(address, bytes, MADV_DONTNEED);
}

void* remap_pages(void* address, std::size_t old_bytes, std::size_t new_bytes) noexcept {
  void* p = ::mremap(address, old_bytes, new_bytes, MREMAP_MAYMOVE);
  return p == MAP_FAILED ? nullptr : p;
}

std::size_t large_blocks::slot_of(std::uintptr_t address) const noexcept {
  // Fibonacci hashing of the page number.
  const std::uint64_t hash = (address >> 12) * 0x9E3779B97F4A7C15ULL;
  std::size_t slot = static_cast<std::size_t>(hash >> 32) & (capacity_ - 1);
  while (entries_[slot].address != 0 && entries_[slot].address != address)
    slot = (slot + 1) & (capacity_ - 1);
  return slot;
}

std::size_t large_blocks::growth_bytes() const noexcept {
  if ((count_ + 1) * 2 <= capacity_) return 0;
  return (capacity_ == 0 ? initial_capacity : capacity_) * sizeof(entry);
}

bool large_blocks::reserve(chunk_source& from) noexcept {
  const std::size_t more = growth_bytes() / sizeof(entry);
  if (more == 0) return true;
  const std::size_t old_capacity = capacity_;
  entry* old_entries = entries_;
  auto* entries = static_cast<entry*>(from.map((old_capacity + more) * sizeof(entry)));
  if (entries == nullptr) return false;
  entries_ = entries;
  capacity_ = old_capacity + more;
  for (std::size_t i = 0; i < old_capacity; ++i)
    if (old_entries[i].address != 0) entries_[slot_of(old_entries[i].address)] = old_entries[i];
  if (old_entries != nullptr) unmap_pages(old_entries, old_capacity * sizeof(entry));
  return true;
}

void large_blocks::insert(void* block, std::size_t bytes) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  entries_[slot_of(address)] = {address, bytes};
  ++count_;
}

std::size_t large_blocks::size_of(const void* block) const noexcept {
  if (capacity_ == 0) return 0;
  const entry& e = entries_[slot_of(reinterpret_cast<std::uintptr_t>(block))];
  return e.address == 0 ? 0 : e.bytes;
}

std::size_t large_blocks::remove(void* block) noexcept {
  if (capacity_ == 0) return 0;
  std::size_t hole = slot_of(reinterpret_cast<std::uintptr_t>(block));
  const std::size_t bytes = entries_[hole].bytes;
  if (entries_[hole].address == 0) return 0;
  entries_[hole] = {};
  --count_;
  // Close the gap: move back what linear probing had pushed past the hole.
  for (std::size_t next = (hole + 1) & (capacity_ - 1); entries_[next].address != 0;
       next = (next + 1) & (capacity_ - 1)) {
    const entry moved = entries_[next];
    entries_[next] = {};
    entries_[slot_of(moved.address)] = moved;
  }
  return bytes;
}

void large_blocks::unmap_all(chunk_source& by) noexcept {
  if (entries_ == nullptr) return;
  dropped_mapping* all = nullptr;
  for (std::size_t i = 0; i < capacity_; ++i)
    if (entries_[i].address != 0)
      all = new (reinterpret_cast<void*>(entries_[i].address))
          dropped_mapping{all, entries_[i].bytes};
  all = new (static_cast<void*>(entries_)) dropped_mapping{all, capacity_ * sizeof(entry)};
  by.unmap(all);
  entries_ = nullptr;
  capacity_ = 0;
  count_ = 0;
}

}  // namespace moonward::sandbox
