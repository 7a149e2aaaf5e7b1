#include "sandbox/memory/arena.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace moonward::sandbox {

namespace {

// Chunks with as many free pages that are looked at before a new one is taken.
constexpr unsigned usual_tries = 4;
// The first chunk's leading pages hold blocks of mixed sizes: about what an idle service needs.
constexpr unsigned mixed_pages = 7;

// Pages are asked for in batches, which costs less than a fault each: the first ones of an arena,
// which every service needs, then some when there is more than a chunk, then whole chunks.
constexpr unsigned first_pages = 4;
constexpr unsigned batch_pages = 8;
constexpr std::size_t batches_from = chunk_bytes;
constexpr std::size_t whole_chunks_from = 512 * 1024;
// Fresh blocks of a span that are put into its list at a time.
constexpr unsigned fresh_blocks = 16;

constexpr std::size_t round_to_pages(std::size_t bytes) noexcept {
  return (bytes + page_bytes - 1) & ~(page_bytes - 1);
}

}  // namespace

// Holds off a kill while what `drop` needs is being changed.
class arena::busy_section {
 public:
  explicit busy_section(arena& a) noexcept : arena_{a} {
    arena_.busy_ = arena_.busy_ + 1;
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  ~busy_section() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    arena_.busy_ = arena_.busy_ - 1;
    if (arena_.busy_ == 0 && arena_.kill_deferred_ != 0) [[unlikely]] {
      arena_.kill_deferred_ = 0;
      if (arena_.on_kill_ != nullptr) arena_.on_kill_();
    }
  }
  busy_section(const busy_section&) = delete;
  busy_section& operator=(const busy_section&) = delete;

 private:
  arena& arena_;
};

arena* arena::create(std::uint64_t cap_bytes, memory_account& account,
                     chunk_source& chunks) noexcept {
  constexpr std::size_t head_bytes = sizeof(chunk_header) + sizeof(arena);
  static_assert(head_bytes + 1024 < page_bytes);
  const unsigned pages = cap_bytes >= first_pages * page_bytes ? first_pages : 1;
  if (cap_bytes < page_bytes || !account.charge(pages * page_bytes)) return nullptr;
  void* memory = chunks.acquire(false);
  if (memory == nullptr) {
    account.release(pages * page_bytes);
    return nullptr;
  }
  populate_pages(memory, pages * page_bytes);
  auto* chunk = new (memory) chunk_header{};
  auto* a = new (chunk + 1) arena{cap_bytes, account, chunks};
  a->first_chunk_ = chunk;
  a->footprint_ = pages * page_bytes;
  chunk->free_pages = pages_a_chunk - mixed_pages;
  for (unsigned page = 0; page < pages_a_chunk; ++page) {
    span& s = chunk->pages[page];
    s.head = static_cast<std::uint8_t>(page);
    if (page < mixed_pages) s.kind = span_kind::mixed;
  }
  for (unsigned page = 0; page < pages; ++page) chunk->pages[page].committed = true;
  a->list_chunk(*chunk);
  a->mixed_next_ = reinterpret_cast<std::byte*>(a + 1);
  const auto misaligned = reinterpret_cast<std::uintptr_t>(a->mixed_next_) & 15U;
  if (misaligned != 0) a->mixed_next_ += 16 - misaligned;
  a->mixed_end_ = static_cast<std::byte*>(memory) + pages * page_bytes;
  return a;
}

arena::arena(std::uint64_t cap_bytes, memory_account& account, chunk_source& chunks) noexcept
    : cap_{cap_bytes}, account_{account}, chunks_{chunks} {
  std::fill(std::begin(current_), std::end(current_), &nothing_);
}

void arena::drop(arena* a) noexcept {
  if (a == nullptr) return;
  chunk_source& chunks = a->chunks_;
  a->account_.release(a->footprint_);
  a->large_.unmap_all(chunks);
  chunk_header* chunk = a->first_chunk_;  // the arena itself lies in the last one of this list
  while (chunk != nullptr) {
    chunk_header* next = chunk->next;
    chunks.release(chunk);
    chunk = next;
  }
}

std::byte* arena::page_address(const span& s) noexcept {
  chunk_header& c = chunk_of(&s);
  return reinterpret_cast<std::byte*>(&c) + static_cast<std::size_t>(&s - c.pages) * page_bytes;
}

bool arena::stress_refuses() noexcept {
  return refuse_every_ != 0 && ++allocations_ % refuse_every_ == 0;
}

void* arena::refuse(std::size_t bytes) noexcept {
  refusal_.in_a_row = refusal_.wanted_bytes == bytes ? refusal_.in_a_row + 1 : 1;
  refusal_.wanted_bytes = bytes;
  return nullptr;
}

bool arena::grow(std::uint64_t bytes, bool forced) noexcept {
  if (forced) {
    account_.charge_always(bytes);
  } else {
    if (footprint_ + bytes > cap_ || !account_.charge(bytes)) return false;
  }
  footprint_ += bytes;
  return true;
}

void arena::shrink(std::uint64_t bytes) noexcept {
  footprint_ -= bytes;
  account_.release(bytes);
}

// -- spans of a class -------------------------------------------------------------------------

void arena::list_span(span& s) noexcept {
  span*& first = partial_[s.klass];
  s.prev = nullptr;
  s.next = first;
  if (first != nullptr) first->prev = &s;
  first = &s;
  s.listed = true;
}

void arena::unlist_span(span& s) noexcept {
  if (s.prev != nullptr) s.prev->next = s.next;
  else partial_[s.klass] = s.next;
  if (s.next != nullptr) s.next->prev = s.prev;
  s.next = s.prev = nullptr;
}

void* arena::allocate_slow(std::size_t bytes) noexcept {
  if (stress_refuses()) return refuse(bytes);
  void* block = allocate_any(bytes);
  if (block == nullptr && bytes <= cap_ && trim()) block = allocate_any(bytes);
  if (block == nullptr) return refuse(bytes);
  refusal_.in_a_row = 0;
  return block;
}

void* arena::allocate_any(std::size_t bytes) noexcept {
  if (bytes <= small_limit) return allocate_small(size_class(bytes));
  if (bytes <= run_limit) return allocate_run(bytes, false);
  if (bytes <= cap_) return allocate_large(bytes);
  return nullptr;
}

void* arena::allocate_small(unsigned klass) noexcept {
  if (void* block = mixed_free_[klass]) {
    mixed_free_[klass] = *static_cast<void**>(block);
    return block;
  }
  const std::size_t size = class_sizes[klass];
  span* s = current_[klass];
  if (s->untouched == 0) {
    if (s == &nothing_)
      if (void* block = allocate_mixed(klass)) return block;
    s->listed = false;  // full: freeing one of its blocks lists it again
    s = partial_[klass];
    if (s != nullptr) {
      unlist_span(*s);
    } else {
      s = take_pages(span_pages(klass), false);
      if (s == nullptr) {
        if (current_[klass] != &nothing_) current_[klass]->listed = true;
        return nullptr;
      }
      s->kind = span_kind::blocks;
      s->klass = static_cast<std::uint8_t>(klass);
      s->free = nullptr;
      s->next = s->prev = nullptr;
      s->used = 0;
      s->untouched = static_cast<std::uint16_t>(s->pages * page_bytes / size);
    }
    s->listed = true;
    current_[klass] = s;
  }
  ++s->used;
  if (void* block = s->free) {
    s->free = *static_cast<void**>(block);
    return block;
  }
  const std::size_t total = s->pages * page_bytes / size;
  std::byte* const block = page_address(*s) + (total - s->untouched) * size;
  const unsigned fresh = std::min<unsigned>(s->untouched, fresh_blocks);
  s->untouched = static_cast<std::uint16_t>(s->untouched - fresh);
  // Linked from the last to the first, so that they are handed out in the order of their addresses.
  void* later = nullptr;
  for (unsigned i = fresh - 1; i > 0; --i) {
    std::byte* const next = block + i * size;
    *reinterpret_cast<void**>(next) = later;
    later = next;
  }
  s->free = later;
  return block;
}

void* arena::allocate_mixed(unsigned klass) noexcept {
  const std::size_t size = class_sizes[klass];
  while (static_cast<std::size_t>(mixed_end_ - mixed_next_) < size) {
    const auto page = static_cast<unsigned>(
        (mixed_end_ - reinterpret_cast<std::byte*>(&chunk_of(this))) / page_bytes);
    if (page >= mixed_pages) return nullptr;
    busy_section busy{*this};
    if (!grow(page_bytes, false)) return nullptr;
    chunk_of(this).pages[page].committed = true;
    mixed_end_ += page_bytes;
  }
  void* block = mixed_next_;
  mixed_next_ += size;
  return block;
}

void arena::free_slow(span& s) noexcept {
  if (s.used == 0 && &s != current_[s.klass]) {
    if (s.listed) unlist_span(s);
    give_pages(s);
  } else if (!s.listed) {
    list_span(s);
  }
}

void arena::free_other(void* block, std::size_t bytes, span& s) noexcept {
  if (s.kind == span_kind::mixed) {
    void*& first = mixed_free_[size_class(bytes)];
    *static_cast<void**>(block) = first;
    first = block;
  } else {
    give_pages(s);
  }
}

// -- pages ------------------------------------------------------------------------------------

void arena::list_chunk(chunk_header& c) noexcept {
  if (c.free_pages == 0) return;
  chunk_header*& first = roomy_[c.free_pages];
  c.prev_roomy = nullptr;
  c.next_roomy = first;
  if (first != nullptr) first->prev_roomy = &c;
  first = &c;
}

void arena::unlist_chunk(chunk_header& c) noexcept {
  if (c.free_pages == 0) return;
  (c.prev_roomy != nullptr ? c.prev_roomy->next_roomy : roomy_[c.free_pages]) = c.next_roomy;
  if (c.next_roomy != nullptr) c.next_roomy->prev_roomy = c.prev_roomy;
}

// `whole`: all of its pages are paid for, and present from now on.
arena::chunk_header* arena::add_chunk(bool whole) noexcept {
  void* memory = chunks_.acquire(whole);
  if (memory == nullptr) return nullptr;
  auto* chunk = new (memory) chunk_header{};
  for (unsigned page = 0; page < pages_a_chunk; ++page) {
    chunk->pages[page].head = static_cast<std::uint8_t>(page);
    chunk->pages[page].committed = whole;
  }
  chunk->pages[0].kind = span_kind::tail;  // holds the header
  chunk->free_pages = pages_a_chunk - 1;
  chunk->next = first_chunk_;
  first_chunk_->prev = chunk;
  first_chunk_ = chunk;
  list_chunk(*chunk);
  return chunk;
}

// The first page of a free run, 0 when there's none: page 0 is never free.
unsigned arena::find_run(const chunk_header& c, unsigned pages) noexcept {
  unsigned run = 0;
  for (unsigned page = 1; page < pages_a_chunk; ++page) {
    run = c.pages[page].kind == span_kind::unused ? run + 1 : 0;
    if (run == pages) return page + 1 - pages;
  }
  return 0;
}

// A chunk with a free run of so many pages, the fullest first.
arena::chunk_header* arena::find_pages(unsigned pages, unsigned tries) const noexcept {
  for (unsigned free = pages; free < pages_a_chunk; ++free) {
    unsigned left = tries;
    for (chunk_header* c = roomy_[free]; c != nullptr && left != 0; c = c->next_roomy, --left)
      if (find_run(*c, pages) != 0) return c;
  }
  return nullptr;
}

// Commits the run's pages and those behind it, as long as they are free, in one call. False: no
// room.
bool arena::commit_batch(chunk_header& c, unsigned head, unsigned pages) noexcept {
  unsigned end = head + pages;
  while (end < pages_a_chunk && end < head + batch_pages && !c.pages[end].committed &&
         c.pages[end].kind == span_kind::unused)
    ++end;
  std::uint64_t fresh = 0;
  for (unsigned i = head; i < end; ++i)
    if (!c.pages[i].committed) fresh += page_bytes;
  if (!grow(fresh, false)) return false;
  for (unsigned i = head; i < end; ++i) c.pages[i].committed = true;
  populate_pages(page_address(c.pages[head]), (end - head) * page_bytes);
  return true;
}

arena::span* arena::take_pages(unsigned pages, bool forced) noexcept {
  busy_section busy{*this};
  chunk_header* c = find_pages(pages, usual_tries);
  if (c == nullptr) {
    const bool whole = footprint_ >= whole_chunks_from && grow(chunk_bytes, false);
    if (whole || grow(page_bytes, forced)) {  // the header page of a new chunk counts too
      c = add_chunk(whole);
      if (c == nullptr) shrink(whole ? chunk_bytes : page_bytes);
    }
  }
  if (c == nullptr) c = find_pages(pages, ~0U);
  if (c == nullptr) return nullptr;
  const unsigned head = find_run(*c, pages);
  std::uint64_t fresh = 0;
  for (unsigned i = head; i < head + pages; ++i)
    if (!c->pages[i].committed) fresh += page_bytes;
  if (fresh != 0 && footprint_ >= batches_from && commit_batch(*c, head, pages)) fresh = 0;
  if (fresh != 0 && !grow(fresh, forced)) {
    if (c->free_pages == pages_a_chunk - 1) {  // just taken for nothing
      unlist_chunk(*c);
      drop_chunk(*c);
    }
    return nullptr;
  }
  for (unsigned i = head; i < head + pages; ++i) {
    c->pages[i].committed = true;
    c->pages[i].head = static_cast<std::uint8_t>(head);
    c->pages[i].kind = span_kind::tail;
  }
  unlist_chunk(*c);
  c->free_pages -= pages;
  list_chunk(*c);
  span& s = c->pages[head];
  s.pages = static_cast<std::uint8_t>(pages);
  s.kind = span_kind::run;
  return &s;
}

void arena::give_pages(span& s) noexcept {
  busy_section busy{*this};
  chunk_header& c = chunk_of(&s);
  const unsigned head = s.head;
  const unsigned pages = s.pages;
  for (unsigned i = head; i < head + pages; ++i) {
    c.pages[i].kind = span_kind::unused;
    c.pages[i].head = static_cast<std::uint8_t>(i);
  }
  unlist_chunk(c);
  c.free_pages += pages;
  if (c.free_pages < pages_a_chunk - 1 || &c == &chunk_of(this)) {
    list_chunk(c);
    return;
  }
  drop_chunk(c);
}

// Gives back a chunk that's empty, listed nowhere, and not the arena's own.
void arena::drop_chunk(chunk_header& c) noexcept {
  std::uint64_t bytes = page_bytes;
  for (unsigned i = 1; i < pages_a_chunk; ++i)
    if (c.pages[i].committed) bytes += page_bytes;
  (c.prev != nullptr ? c.prev->next : first_chunk_) = c.next;
  c.next->prev = c.prev;  // the arena's own chunk is always behind it
  chunks_.release(&c);
  shrink(bytes);
}

// Before a refusal: gives back the empty spans that were kept at hand, and the free pages of all
// chunks. True when the footprint is smaller now.
bool arena::trim() noexcept {
  busy_section busy{*this};
  const std::uint64_t before = footprint_;
  while (void* kept = spare_.take_any().address) unmap_large(kept);
  for (span*& current : current_) {
    if (current == &nothing_ || current->used != 0) continue;
    span& empty = *current;
    current = &nothing_;
    give_pages(empty);
  }
  for (chunk_header* c = first_chunk_; c != nullptr; c = c->next) {
    for (unsigned page = 0; page < pages_a_chunk; ++page) {
      const unsigned first = page;
      while (page < pages_a_chunk && c->pages[page].committed &&
             c->pages[page].kind == span_kind::unused)
        c->pages[page++].committed = false;
      if (page == first) continue;
      const std::size_t bytes = (page - first) * page_bytes;
      discard_pages(page_address(c->pages[first]), bytes);
      shrink(bytes);
    }
  }
  return footprint_ < before;
}

void* arena::allocate_run(std::size_t bytes, bool forced) noexcept {
  span* s = take_pages(static_cast<unsigned>(round_to_pages(bytes) / page_bytes), forced);
  return s == nullptr ? nullptr : page_address(*s);
}

// -- large blocks and reallocation ------------------------------------------------------------

void arena::free_large(void* block) noexcept {
  busy_section busy{*this};
  const std::size_t mapped = large_.size_of(block);
  if (!spare_.keep(block, mapped)) unmap_large(block);
}

void arena::unmap_large(void* block) noexcept {
  const std::size_t mapped = large_.remove(block);
  unmap_pages(block, mapped);
  shrink(mapped);
}

void* arena::allocate_large(std::size_t bytes) noexcept {
  const std::size_t mapped = round_to_pages(bytes);
  busy_section busy{*this};
  if (void* kept = spare_.take(mapped).address) return kept;
  const std::size_t table = large_.growth_bytes();
  if (!grow(mapped + table, false)) return nullptr;
  if (!large_.reserve(chunks_)) {
    shrink(mapped + table);
    return nullptr;
  }
  void* block = chunks_.map(mapped);
  if (block == nullptr) {
    shrink(mapped);
    return nullptr;
  }
  large_.insert(block, mapped);
  return block;
}

void* arena::allocate_forced(std::size_t bytes) noexcept {
  if (void* block = allocate(bytes)) return block;
  return allocate_run(bytes, true);
}

void* arena::reallocate(void* block, std::size_t old_bytes, std::size_t new_bytes) noexcept {
  if (old_bytes > run_limit && new_bytes > run_limit) {
    if (new_bytes > old_bytes && new_bytes > cap_) return refuse(new_bytes);
    const std::size_t mapped = large_.size_of(block);
    const std::size_t wanted = round_to_pages(new_bytes);
    if (wanted == mapped) return block;
    if (wanted > mapped && stress_refuses()) return refuse(new_bytes);
    busy_section busy{*this};
    if (wanted > mapped) {
      const std::size_t more = wanted - mapped;
      if (!grow(more, false) && !(trim() && grow(more, false))) return refuse(new_bytes);
    }
    void* moved = remap_pages(block, mapped, wanted);
    if (moved == nullptr) {
      if (wanted < mapped) return block;
      shrink(wanted - mapped);
      return refuse(new_bytes);
    }
    (void)large_.remove(block);
    large_.insert(moved, wanted);
    if (wanted < mapped) shrink(mapped - wanted);
    refusal_.in_a_row = 0;
    return moved;
  }
  const bool shrinking = new_bytes <= old_bytes;
  if (old_bytes <= run_limit) {
    const span& s = span_of(block);
    if (s.kind == span_kind::mixed) {
      if (new_bytes <= small_limit && size_class(old_bytes) == size_class(new_bytes)) return block;
    } else if (s.kind == span_kind::blocks) {
      if (new_bytes <= small_limit && s.klass == size_class(new_bytes)) return block;
    } else if (round_to_pages(new_bytes) == s.pages * page_bytes && new_bytes <= run_limit) {
      return block;
    }
  }
  void* moved = allocate(new_bytes);
  if (moved == nullptr && shrinking) {
    if (old_bytes <= run_limit) return block;  // stays in its larger block
    moved = allocate_forced(new_bytes);
  }
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(old_bytes, new_bytes));
  free(block, old_bytes);
  return moved;
}

}  // namespace moonward::sandbox
