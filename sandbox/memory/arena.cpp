#include "sandbox/memory/arena.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace moonward::sandbox {

namespace {

constexpr unsigned pages_a_chunk = chunk_bytes / page_bytes;
// The first chunk's leading pages hold blocks of mixed sizes: about what an idle service needs.
constexpr unsigned mixed_pages = 7;

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
  if (cap_bytes < page_bytes || !account.charge(page_bytes)) return nullptr;
  void* memory = chunks.acquire();
  if (memory == nullptr) {
    account.release(page_bytes);
    return nullptr;
  }
  auto* chunk = new (memory) chunk_header{};
  auto* a = new (chunk + 1) arena{cap_bytes, account, chunks};
  a->first_chunk_ = chunk;
  a->footprint_ = page_bytes;
  chunk->free_pages = pages_a_chunk - mixed_pages;
  for (unsigned page = 0; page < pages_a_chunk; ++page) {
    span& s = chunk->pages[page];
    s.head = static_cast<std::uint8_t>(page);
    if (page < mixed_pages) s.kind = span_kind::mixed;
  }
  chunk->pages[0].committed = true;
  a->mixed_next_ = reinterpret_cast<std::byte*>(a + 1);
  const auto misaligned = reinterpret_cast<std::uintptr_t>(a->mixed_next_) & 15U;
  if (misaligned != 0) a->mixed_next_ += 16 - misaligned;
  a->mixed_end_ = static_cast<std::byte*>(memory) + page_bytes;
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
  a->large_.unmap_all();
  chunk_header* chunk = a->first_chunk_;  // the arena itself lies in the last one of this list
  while (chunk != nullptr) {
    chunk_header* next = chunk->next;
    chunks.release(chunk);
    chunk = next;
  }
}

std::byte* arena::page_address(const span& s) noexcept {
  chunk_header& c = chunk_of(&s);
  return reinterpret_cast<std::byte*>(&c) +
         static_cast<std::size_t>(&s - c.pages) * page_bytes;
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
  void* block = nullptr;
  if (bytes <= small_limit) {
    block = allocate_small(size_class(bytes));
  } else if (bytes <= run_limit) {
    block = allocate_run(bytes, false);
  } else if (bytes <= cap_) {
    const std::size_t mapped = round_to_pages(bytes);
    busy_section busy{*this};
    const std::ptrdiff_t table = large_.reserve();
    if (table >= 0 && grow(mapped + static_cast<std::size_t>(table), false)) {
      block = map_pages(mapped);
      if (block != nullptr) large_.insert(block, mapped);
      else shrink(mapped);
    } else if (table > 0) {
      (void)grow(static_cast<std::size_t>(table), true);  // the table has grown already
    }
  }
  if (block == nullptr) return refuse(bytes);
  refusal_.in_a_row = 0;
  return block;
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
  return page_address(*s) + (total - s->untouched--) * size;
}

void* arena::allocate_mixed(unsigned klass) noexcept {
  const std::size_t size = class_sizes[klass];
  while (static_cast<std::size_t>(mixed_end_ - mixed_next_) < size) {
    const auto page = static_cast<unsigned>(
        (mixed_end_ - reinterpret_cast<std::byte*>(&chunk_of(this))) / page_bytes);
    if (page >= mixed_pages || !grow(page_bytes, false)) return nullptr;
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

arena::chunk_header* arena::add_chunk() noexcept {
  void* memory = chunks_.acquire();
  if (memory == nullptr) return nullptr;
  auto* chunk = new (memory) chunk_header{};
  for (unsigned page = 0; page < pages_a_chunk; ++page)
    chunk->pages[page].head = static_cast<std::uint8_t>(page);
  chunk->pages[0].kind = span_kind::tail;  // holds the header
  chunk->free_pages = pages_a_chunk - 1;
  chunk->next = first_chunk_;
  first_chunk_ = chunk;
  return chunk;
}

arena::span* arena::take_pages(unsigned pages, bool forced) noexcept {
  busy_section busy{*this};
  for (chunk_header* c = first_chunk_;; c = c->next) {
    std::uint64_t header_bytes = 0;
    if (c == nullptr) {
      // The header page of a new chunk counts too.
      if (!grow(page_bytes, forced)) return nullptr;
      header_bytes = page_bytes;
      c = add_chunk();
      if (c == nullptr) {
        shrink(header_bytes);
        return nullptr;
      }
    }
    if (c->free_pages < pages) continue;
    unsigned run = 0;
    for (unsigned page = 0; page < pages_a_chunk; ++page) {
      run = c->pages[page].kind == span_kind::unused ? run + 1 : 0;
      if (run < pages) continue;
      const unsigned head = page + 1 - pages;
      std::uint64_t fresh = 0;
      for (unsigned i = head; i <= page; ++i)
        if (!c->pages[i].committed) fresh += page_bytes;
      if (fresh != 0 && !grow(fresh, forced)) return nullptr;
      for (unsigned i = head; i <= page; ++i) {
        c->pages[i].committed = true;
        c->pages[i].head = static_cast<std::uint8_t>(head);
        c->pages[i].kind = span_kind::tail;
      }
      span& s = c->pages[head];
      s.pages = static_cast<std::uint8_t>(pages);
      s.kind = span_kind::run;
      c->free_pages -= pages;
      return &s;
    }
  }
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
  c.free_pages += pages;
  if (c.free_pages < pages_a_chunk - 1 || &c == &chunk_of(this)) return;
  std::uint64_t bytes = page_bytes;
  for (unsigned i = 1; i < pages_a_chunk; ++i)
    if (c.pages[i].committed) bytes += page_bytes;
  for (chunk_header** link = &first_chunk_; *link != nullptr; link = &(*link)->next) {
    if (*link != &c) continue;
    *link = c.next;
    break;
  }
  chunks_.release(&c);
  shrink(bytes);
}

void* arena::allocate_run(std::size_t bytes, bool forced) noexcept {
  span* s = take_pages(static_cast<unsigned>(round_to_pages(bytes) / page_bytes), forced);
  return s == nullptr ? nullptr : page_address(*s);
}

// -- large blocks and reallocation ------------------------------------------------------------

void arena::free_large(void* block) noexcept {
  busy_section busy{*this};
  const std::size_t mapped = large_.remove(block);
  unmap_pages(block, mapped);
  shrink(mapped);
}

void* arena::allocate_forced(std::size_t bytes) noexcept {
  if (void* block = allocate(bytes)) return block;
  return allocate_run(bytes, true);
}

void* arena::reallocate(void* block, std::size_t old_bytes, std::size_t new_bytes) noexcept {
  if (old_bytes > run_limit && new_bytes > run_limit) {
    const std::size_t mapped = large_.size_of(block);
    const std::size_t wanted = round_to_pages(new_bytes);
    if (wanted == mapped) return block;
    if (wanted > mapped && (stress_refuses() || new_bytes > cap_)) return refuse(new_bytes);
    busy_section busy{*this};
    if (wanted > mapped && !grow(wanted - mapped, false)) return refuse(new_bytes);
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
