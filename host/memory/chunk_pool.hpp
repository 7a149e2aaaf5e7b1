/// The source of all arena chunks: 64 KiB blocks cut from reserved regions of address space.
///
/// A region is 64 MiB, aligned to its size, without huge pages; its first chunk holds the links of
/// the free lists, so that nothing of the pool lies in a chunk that is handed out or cold. Memory
/// is only reserved: the kernel gives pages on first touch.
///
/// A chunk that comes back is kept in one of three states. *Dirty*: as its last owner left it, at
/// most `max_dirty` of them, in small caches by thread and then in a central list: a spawn that
/// follows a kill costs neither a system call nor a page fault. *Warm*: only its first page kept,
/// at most `max_warm`. *Cold*: no page at all. So the pool holds at most
/// (max_dirty + max_surplus) × 64 KiB + max_warm × 4 KiB that nobody uses, whatever ran before.
///
/// Giving pages back to the kernel takes about 100 µs a MiB, too long for a worker that drops a
/// large heap. With `max_surplus` set, up to so many chunks more, and large mappings of the same
/// sum, wait for a thread that calls `clean` when the bell rings; what comes back beyond that, or
/// with no surplus allowed, the releasing thread cleans itself.
///
/// The content of a chunk is undefined and may be a former tenant's: an arena initialises what it
/// hands out (Lua never reads what it has not written), and no script can read raw memory.
///
/// Threads: any; acquire and release take a lock only when the caller's cache can't serve.
#pragma once

#include "sandbox/memory/chunk_source.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace moonward::host {

/// What wakes the cleaner's thread; several pools may share one.
class cleaner_bell {
 public:
  /// There is something to clean. @thread any
  void ring() noexcept {
    if (state_.load(std::memory_order_relaxed) != asleep) return;
    int was = asleep;
    if (state_.compare_exchange_strong(was, work, std::memory_order_release,
                                       std::memory_order_relaxed))
      state_.notify_one();
  }
  /// Sleeps until it rings; false when it's time to stop. @thread cleaner
  [[nodiscard]] bool wait() noexcept {
    state_.wait(asleep, std::memory_order_acquire);
    int was = work;
    return state_.compare_exchange_strong(was, asleep, std::memory_order_acquire) || was != stopped;
  }
  /// Lets `wait` return false, also one that is called later. @thread any
  void stop() noexcept {
    state_.store(stopped, std::memory_order_release);
    state_.notify_all();
  }

 private:
  static constexpr int asleep = 0;
  static constexpr int work = 1;
  static constexpr int stopped = 2;
  std::atomic<int> state_{asleep};  // any thread sets (release), the cleaner clears (acquire)
};

struct chunk_pool_limits {
  std::uint32_t max_dirty = 64;   ///< free chunks kept as they are
  std::uint32_t max_surplus = 0;  ///< free chunks beyond max_dirty that may wait for the cleaner
  std::uint32_t max_warm = 1024;  ///< free chunks whose first page is kept
  std::uint32_t max_regions = 0;  ///< 64 MiB each; 0: as many as the kernel gives
  int memory_key = 0;             ///< what its memory is tagged with; 0: nothing
};

struct chunk_pool_stats {
  std::uint64_t handed_out_bytes = 0;
  std::uint64_t reserved_bytes = 0;  ///< address space
  std::uint64_t dirty_chunks = 0;    ///< free ones
  std::uint64_t warm_chunks = 0;
};

class chunk_pool final : public sandbox::chunk_source {
 public:
  /// `cleaner` is rung when there is surplus to clean.
  explicit chunk_pool(chunk_pool_limits limits = {}, cleaner_bell* cleaner = nullptr) noexcept
      : limits_{limits}, cleaner_{cleaner} {}
  chunk_pool(const chunk_pool&) = delete;
  chunk_pool& operator=(const chunk_pool&) = delete;
  /// All chunks must have come back: the regions are unmapped.
  ~chunk_pool() override;

  /// Null when the process has no memory, or the regions are used up.
  [[nodiscard]] void* acquire(bool whole) noexcept override;
  void release(void* chunk) noexcept override;
  [[nodiscard]] void* map(std::size_t bytes) noexcept override;
  void unmap(sandbox::dropped_mapping* first) noexcept override;

  [[nodiscard]] chunk_pool_stats stats() const noexcept;

  /// Cleans the chunks beyond max_dirty, how many, and unmaps what waits for it. @thread any
  std::size_t clean() noexcept;

  static constexpr std::size_t region_bytes = 64 * 1024 * 1024;

 private:
  static constexpr std::uint32_t chunks_a_region = region_bytes / sandbox::chunk_bytes;
  static constexpr std::size_t cache_slots = 32;
  static constexpr std::uint32_t cache_chunks = 16;

  // The head of a region, in its first chunk.
  struct region {
    region* next;             // all regions
    std::uint32_t untouched;  // index of the first chunk that was never handed out
    void* links[chunks_a_region];
  };
  // Dirty chunks of the threads that share a slot.
  struct alignas(64) cache {
    std::atomic<bool> taken{false};  // a try-lock: acquire on taking, release on leaving
    std::uint32_t count = 0;         // and chunks: whoever holds `taken`
    std::array<void*, cache_chunks> chunks{};
  };
  // A stack of free chunks, linked through the region's head.
  struct chunk_list {
    void* first = nullptr;
    std::uint32_t count = 0;
  };

  [[nodiscard]] static region& region_of(void* chunk) noexcept;
  [[nodiscard]] static void*& link_of(void* chunk) noexcept;
  static void put(chunk_list& list, void* chunk) noexcept;
  [[nodiscard]] static void* take(chunk_list& list) noexcept;
  template <class Use>
  [[nodiscard]] bool with_cache(std::size_t slot, Use&& use) noexcept;
  [[nodiscard]] void* acquire_clean() noexcept;
  void clean_one(void* chunk) noexcept;
  static void unmap_now(sandbox::dropped_mapping* first) noexcept;
  [[nodiscard]] bool add_region() noexcept;

  const chunk_pool_limits limits_;
  cleaner_bell* const cleaner_;
  std::array<cache, cache_slots> caches_;
  // Any thread adds and subtracts, relaxed: numbers without an order to anything else.
  std::atomic<std::uint64_t> handed_out_{0};    // chunks
  std::atomic<std::uint32_t> dirty_{0};         // free dirty chunks, caches included
  std::atomic<std::uint32_t> warm_count_{0};    // those being made included
  std::atomic<std::uint32_t> region_count_{0};  // written under mutex_

  std::mutex mutex_;  // guards what follows
  chunk_list dirty_list_;
  chunk_list warm_;
  chunk_list cold_;
  sandbox::dropped_mapping* mappings_ = nullptr;  // to be unmapped
  std::size_t mappings_bytes_ = 0;
  region* regions_ = nullptr;
};

}  // namespace moonward::host
