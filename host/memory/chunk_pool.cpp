#include "host/memory/chunk_pool.hpp"

#include "sandbox/memory/large_blocks.hpp"
#include "sandbox/memory/memory_keys.hpp"

#include <bit>
#include <sys/mman.h>
#include <utility>

namespace moonward::host {

using sandbox::chunk_bytes;
using sandbox::page_bytes;

namespace {

// A row number of the calling thread: threads that start one after the other get different caches.
std::size_t thread_number() noexcept {
  static std::atomic<std::size_t> threads{0};  // any thread adds once; relaxed
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

chunk_pool::~chunk_pool() {
  unmap_now(mappings_);
  for (region* r = regions_; r != nullptr;) {
    region* const next = r->next;
    ::munmap(r, region_bytes);
    r = next;
  }
}

chunk_pool::region& chunk_pool::region_of(void* chunk) noexcept {
  return *std::bit_cast<region*>(std::bit_cast<std::uintptr_t>(chunk) & ~(region_bytes - 1));
}

void*& chunk_pool::link_of(void* chunk) noexcept {
  return region_of(chunk).links[std::bit_cast<std::uintptr_t>(chunk) % region_bytes / chunk_bytes];
}

void chunk_pool::put(chunk_list& list, void* chunk) noexcept {
  link_of(chunk) = list.first;
  list.first = chunk;
  ++list.count;
}

void* chunk_pool::take(chunk_list& list) noexcept {
  void* const chunk = list.first;
  if (chunk == nullptr) return nullptr;
  list.first = link_of(chunk);
  --list.count;
  return chunk;
}

// Runs `use(cache)` on the cache unless another thread is in it.
template <class Use>
bool chunk_pool::with_cache(std::size_t slot, Use&& use) noexcept {
  cache& c = caches_[slot % cache_slots];
  if (c.taken.exchange(true, std::memory_order_acquire)) return false;
  const bool done = use(c);
  c.taken.store(false, std::memory_order_release);
  return done;
}

void* chunk_pool::acquire(bool whole) noexcept {
  const std::size_t own = thread_number();
  void* chunk = nullptr;
  const auto take_one = [&chunk](cache& c) {
    if (c.count == 0) return false;
    chunk = c.chunks[--c.count];
    return true;
  };
  bool dirty = with_cache(own, take_one);
  if (!dirty) {
    const std::lock_guard lock{mutex_};
    chunk = take(dirty_list_);
    dirty = chunk != nullptr;
  }
  // What threads that are idle or gone have in their caches is better than a page fault.
  if (!dirty && dirty_.load(std::memory_order_relaxed) != 0)
    for (std::size_t i = 1; i < cache_slots && !dirty; ++i) dirty = with_cache(own + i, take_one);
  if (dirty) {
    dirty_.fetch_sub(1, std::memory_order_relaxed);
  } else {
    chunk = acquire_clean();
    // Older kernels don't know the request: then the pages come one by one.
    if (whole && chunk != nullptr) sandbox::populate_pages(chunk, chunk_bytes);
  }
  if (chunk != nullptr) handed_out_.fetch_add(1, std::memory_order_relaxed);
  return chunk;
}

void* chunk_pool::acquire_clean() noexcept {
  const std::lock_guard lock{mutex_};
  if (void* chunk = take(warm_)) {
    warm_count_.fetch_sub(1, std::memory_order_relaxed);
    return chunk;
  }
  if (void* chunk = take(cold_)) return chunk;
  if ((regions_ == nullptr || regions_->untouched == chunks_a_region) && !add_region())
    return nullptr;
  return reinterpret_cast<std::byte*>(regions_) + regions_->untouched++ * chunk_bytes;
}

void chunk_pool::release(void* chunk) noexcept {
  handed_out_.fetch_sub(1, std::memory_order_relaxed);
  const std::uint32_t dirty = dirty_.fetch_add(1, std::memory_order_relaxed);
  if (dirty >= limits_.max_dirty + limits_.max_surplus) {
    dirty_.fetch_sub(1, std::memory_order_relaxed);
    clean_one(chunk);
    return;
  }
  const bool cached = with_cache(thread_number(), [chunk](cache& c) {
    if (c.count == cache_chunks) return false;
    c.chunks[c.count++] = chunk;
    return true;
  });
  if (!cached) {
    const std::lock_guard lock{mutex_};
    put(dirty_list_, chunk);
  }
  if (dirty >= limits_.max_dirty && cleaner_ != nullptr) cleaner_->ring();
}

void* chunk_pool::map(std::size_t bytes) noexcept {
  void* const block = sandbox::map_pages(bytes);
  if (block == nullptr || sandbox::memory_keys::tag(block, bytes, limits_.memory_key)) return block;
  sandbox::unmap_pages(block, bytes);
  return nullptr;
}

void chunk_pool::unmap_now(sandbox::dropped_mapping* first) noexcept {
  while (first != nullptr) {
    const sandbox::dropped_mapping mapping = *first;
    ::munmap(first, mapping.bytes);
    first = mapping.next;
  }
}

void chunk_pool::unmap(sandbox::dropped_mapping* first) noexcept {
  std::size_t bytes = 0;
  sandbox::dropped_mapping* last = first;
  for (sandbox::dropped_mapping* m = first; m != nullptr; m = m->next) {
    bytes += m->bytes;
    last = m;
  }
  if (last == nullptr) return;
  {
    const std::lock_guard lock{mutex_};
    if (mappings_bytes_ + bytes <= limits_.max_surplus * chunk_bytes) {
      last->next = mappings_;
      mappings_ = std::exchange(first, nullptr);
      mappings_bytes_ += bytes;
    }
  }
  if (first != nullptr) unmap_now(first);
  else if (cleaner_ != nullptr) cleaner_->ring();
}

void chunk_pool::clean_one(void* chunk) noexcept {
  const bool warm = warm_count_.fetch_add(1, std::memory_order_relaxed) < limits_.max_warm;
  if (!warm) warm_count_.fetch_sub(1, std::memory_order_relaxed);
  const std::size_t kept = warm ? page_bytes : 0;
  ::madvise(static_cast<std::byte*>(chunk) + kept, chunk_bytes - kept, MADV_DONTNEED);
  const std::lock_guard lock{mutex_};
  put(warm ? warm_ : cold_, chunk);
}

std::size_t chunk_pool::clean() noexcept {
  sandbox::dropped_mapping* mappings = nullptr;
  {
    const std::lock_guard lock{mutex_};
    mappings = std::exchange(mappings_, nullptr);
    mappings_bytes_ = 0;
  }
  unmap_now(mappings);
  std::size_t cleaned = 0;
  while (dirty_.load(std::memory_order_relaxed) > limits_.max_dirty) {
    void* chunk = nullptr;
    {
      const std::lock_guard lock{mutex_};
      chunk = take(dirty_list_);
    }
    if (chunk == nullptr) break;  // the rest is in caches
    dirty_.fetch_sub(1, std::memory_order_relaxed);
    clean_one(chunk);
    ++cleaned;
  }
  return cleaned;
}

bool chunk_pool::add_region() noexcept {
  if (limits_.max_regions != 0 &&
      region_count_.load(std::memory_order_relaxed) >= limits_.max_regions)
    return false;
  // Twice the size, of which the aligned part stays.
  void* const reserved = ::mmap(nullptr, 2 * region_bytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return false;
  auto* const first = static_cast<std::byte*>(reserved);
  const std::size_t before =
      (region_bytes - std::bit_cast<std::uintptr_t>(reserved) % region_bytes) % region_bytes;
  if (before != 0) ::munmap(first, before);
  ::munmap(first + before + region_bytes, region_bytes - before);
  // Huge pages would give a service 2 MiB where it wants 20 KiB.
  ::madvise(first + before, region_bytes, MADV_NOHUGEPAGE);
  if (!sandbox::memory_keys::tag(first + before, region_bytes, limits_.memory_key)) {
    ::munmap(first + before, region_bytes);
    return false;
  }
  static_assert(sizeof(region) <= chunk_bytes);
  auto* const r = reinterpret_cast<region*>(first + before);  // zeroed by the kernel
  r->next = regions_;
  r->untouched = 1;
  regions_ = r;
  region_count_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

chunk_pool_stats chunk_pool::stats() const noexcept {
  return {.handed_out_bytes = handed_out_.load(std::memory_order_relaxed) * chunk_bytes,
          .reserved_bytes = region_count_.load(std::memory_order_relaxed) * region_bytes,
          .dirty_chunks = dirty_.load(std::memory_order_relaxed),
          .warm_chunks = warm_count_.load(std::memory_order_relaxed)};
}

}  // namespace moonward::host
