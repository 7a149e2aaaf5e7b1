/// An arena: all memory of one service's Lua state, under a cap, dropped as a whole.
///
/// Small blocks come from spans of pages, one size class a span; a page whose blocks are all free
/// serves any other class next, so that a script which cycles through sizes doesn't outgrow its
/// cap. Blocks have no header: the page's descriptor knows the class. Large blocks are mappings
/// of their own and grow by mremap. A young arena first fills a few pages with blocks of mixed
/// sizes, packed, so that an idle service stays small.
///
/// The cap and the tenant's account are charged with the footprint: pages handed out and large
/// mappings, whether or not their blocks are in use. Growth beyond the cap is refused, a shrink
/// never; before a refusal, pages without blocks go back to the kernel. What `drop` needs (chunks,
/// large blocks) is only changed inside a busy section, so that a kill at any instant leaves it
/// whole; all else may be left half-written. Thread: the worker that runs the service.
#pragma once

#include "sandbox/memory/account.hpp"
#include "sandbox/memory/chunk_source.hpp"
#include "sandbox/memory/large_blocks.hpp"
#include "sandbox/memory/size_class.hpp"
#include "sandbox/memory/spare_blocks.hpp"

#include <csignal>
#include <cstddef>
#include <cstdint>

namespace moonward::sandbox {

/// How an allocation failed last; told in verdicts.
struct arena_refusal {
  std::size_t wanted_bytes = 0;
  std::uint32_t in_a_row = 0;  ///< refusals without a success of that size in between
};

class arena {
 public:
  /// Makes an arena inside its own first chunk; null when no chunk can be had or the account
  /// refuses the first pages.
  [[nodiscard]] static arena* create(std::uint64_t cap_bytes, memory_account& account,
                                     chunk_source& chunks) noexcept;
  /// Gives everything back, the arena object included.
  static void drop(arena* a) noexcept;

  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  /// Null when refused. `bytes` > 0.
  [[nodiscard]] void* allocate(std::size_t bytes) noexcept {
    if (bytes <= small_limit) [[likely]] {
      span& s = *current_[size_class(bytes)];
      if (void* block = s.free) [[likely]] {
        s.free = *static_cast<void**>(block);
        ++s.used;
        return block;
      }
    }
    return allocate_slow(bytes);
  }

  /// `bytes` as given to allocate, or what reallocate was last told.
  void free(void* block, std::size_t bytes) noexcept {
    if (bytes > run_limit) {
      free_large(block);
      return;
    }
    span& s = span_of(block);
    if (s.kind == span_kind::blocks) [[likely]] {
      *static_cast<void**>(block) = s.free;
      s.free = block;
      if (--s.used == 0 || !s.listed) [[unlikely]]
        free_slow(s);
      return;
    }
    free_other(block, bytes, s);
  }

  /// Growth may be refused (null, the old block stays); a shrink is not.
  [[nodiscard]] void* reallocate(void* block, std::size_t old_bytes,
                                 std::size_t new_bytes) noexcept;

  [[nodiscard]] std::uint64_t footprint_bytes() const noexcept { return footprint_; }
  [[nodiscard]] std::uint64_t cap_bytes() const noexcept { return cap_; }
  void set_cap(std::uint64_t bytes) noexcept { cap_ = bytes; }
  [[nodiscard]] const arena_refusal& last_refusal() const noexcept { return refusal_; }

  /// True while the structures that `drop` walks are being changed: a kill must wait.
  [[nodiscard]] bool busy() const noexcept { return busy_ != 0; }
  /// Set by the kill handler when it found the arena busy; whoever leaves the section dies.
  void defer_kill() noexcept { kill_deferred_ = 1; }
  /// Called on leaving a busy section with a deferred kill; doesn't return.
  void set_kill_handler(void (*handler)()) noexcept { on_kill_ = handler; }

  /// Test support: refuses every n-th growth of the footprint or allocation; 0 is off.
  void refuse_every(std::uint32_t n) noexcept { refuse_every_ = n; }

 private:
  enum class span_kind : std::uint8_t { unused, blocks, mixed, run, tail };

  // Descriptor of a page; of a span when the page is its first.
  struct span {
    void* free = nullptr;  // blocks given back
    span* next = nullptr;  // list of spans of the class that have free blocks
    span* prev = nullptr;
    std::uint16_t used = 0;       // blocks in use
    std::uint16_t untouched = 0;  // blocks at the end that were never handed out
    std::uint8_t klass = 0;
    span_kind kind = span_kind::unused;
    std::uint8_t head = 0;  // page index of the span's first page
    std::uint8_t pages = 0;
    bool listed = true;      // current or in the list of its class
    bool committed = false;  // the page counts in the footprint
  };

  static constexpr unsigned pages_a_chunk = chunk_bytes / page_bytes;

  struct chunk_header {
    chunk_header* next;  // all chunks
    chunk_header* prev;
    chunk_header* next_roomy;  // chunks with as many free pages
    chunk_header* prev_roomy;
    std::uint32_t free_pages;
    std::uint32_t reserved;
    span pages[pages_a_chunk];
  };

  class busy_section;

  arena(std::uint64_t cap_bytes, memory_account& account, chunk_source& chunks) noexcept;

  static chunk_header& chunk_of(const void* block) noexcept {
    return *reinterpret_cast<chunk_header*>(reinterpret_cast<std::uintptr_t>(block) &
                                            ~(chunk_bytes - 1));
  }
  static span& span_of(const void* block) noexcept {
    chunk_header& c = chunk_of(block);
    const auto page = (reinterpret_cast<std::uintptr_t>(block) / page_bytes) % pages_a_chunk;
    return c.pages[c.pages[page].head];
  }
  static std::byte* page_address(const span& s) noexcept;

  [[nodiscard]] void* allocate_slow(std::size_t bytes) noexcept;
  [[nodiscard]] void* allocate_any(std::size_t bytes) noexcept;
  [[nodiscard]] void* allocate_small(unsigned klass) noexcept;
  [[nodiscard]] void* allocate_mixed(unsigned klass) noexcept;
  [[nodiscard]] void* allocate_run(std::size_t bytes, bool forced) noexcept;
  [[nodiscard]] void* allocate_large(std::size_t bytes) noexcept;
  [[nodiscard]] void* allocate_forced(std::size_t bytes) noexcept;
  void free_slow(span& s) noexcept;
  void free_other(void* block, std::size_t bytes, span& s) noexcept;
  void free_large(void* block) noexcept;
  void unmap_large(void* block) noexcept;

  [[nodiscard]] span* take_pages(unsigned pages, bool forced) noexcept;
  [[nodiscard]] chunk_header* find_pages(unsigned pages, unsigned tries) const noexcept;
  [[nodiscard]] static unsigned find_run(const chunk_header& c, unsigned pages) noexcept;
  [[nodiscard]] chunk_header* add_chunk(bool whole) noexcept;
  void drop_chunk(chunk_header& c) noexcept;
  void list_chunk(chunk_header& c) noexcept;
  void unlist_chunk(chunk_header& c) noexcept;
  [[nodiscard]] bool commit_batch(chunk_header& c, unsigned head, unsigned pages) noexcept;
  void give_pages(span& s) noexcept;
  [[nodiscard]] bool trim() noexcept;
  [[nodiscard]] bool grow(std::uint64_t bytes, bool forced) noexcept;
  void shrink(std::uint64_t bytes) noexcept;
  [[nodiscard]] void* refuse(std::size_t bytes) noexcept;
  [[nodiscard]] bool stress_refuses() noexcept;

  void list_span(span& s) noexcept;
  void unlist_span(span& s) noexcept;

  span* current_[class_count];          // never null: nothing_ when the class has no span
  span* partial_[class_count] = {};     // spans with free blocks, but current_
  void* mixed_free_[class_count] = {};  // blocks given back in mixed pages
  std::byte* mixed_next_ = nullptr;     // untouched rest of the mixed pages
  std::byte* mixed_end_ = nullptr;
  span nothing_;  // has no block to give
  std::uint64_t footprint_ = 0;
  std::uint64_t cap_;
  memory_account& account_;
  chunk_source& chunks_;
  chunk_header* first_chunk_ = nullptr;      // the arena itself lies in the last one
  chunk_header* roomy_[pages_a_chunk] = {};  // by number of free pages
  large_blocks large_;
  spare_blocks spare_;  // of large_'s, which goes on listing them: drop unmaps them with the rest
  arena_refusal refusal_;
  void (*on_kill_)() = nullptr;
  std::uint32_t refuse_every_ = 0;
  std::uint32_t allocations_ = 0;
  volatile std::sig_atomic_t busy_ = 0;           // read by the signal handler of this thread
  volatile std::sig_atomic_t kill_deferred_ = 0;  // written by the signal handler of this thread
};

}  // namespace moonward::sandbox
