#include "sandbox/memory/arena.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace moonward::sandbox;

namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

// Chunks from malloc, counted; none beyond `limit`.
class counted_chunks final : public chunk_source {
 public:
  ~counted_chunks() override { BOOST_CHECK(out_.empty()); }
  void* acquire(bool) noexcept override {
    if (out_.size() >= limit) return nullptr;
    void* const chunk = std::aligned_alloc(chunk_bytes, chunk_bytes);
    std::memset(chunk, 0xe5, chunk_bytes);  // what a former tenant left
    out_.insert(chunk);
    return chunk;
  }
  void release(void* chunk) noexcept override {
    BOOST_CHECK(out_.erase(chunk) == 1);
    std::free(chunk);
  }
  void unmap(dropped_mapping* first) noexcept override {
    while (first != nullptr) {
      const dropped_mapping mapping = *first;
      unmap_pages(first, mapping.bytes);
      first = mapping.next;
    }
  }
  void* map(std::size_t bytes) noexcept override { return map_pages(bytes); }
  [[nodiscard]] std::size_t count() const { return out_.size(); }

  std::size_t limit = ~std::size_t{0};

 private:
  std::set<void*> out_;
};

struct fixture {
  counted_chunks chunks;
  memory_account account{1024 * mib};
  arena* a = nullptr;

  void make(std::uint64_t cap_bytes) {
    a = arena::create(cap_bytes, account, chunks);
    BOOST_REQUIRE(a != nullptr);
  }
  ~fixture() {
    arena::drop(a);
    BOOST_CHECK_EQUAL(account.used_bytes(), 0U);
    BOOST_CHECK_EQUAL(chunks.count(), 0U);
  }

  // As many blocks as the arena gives, at most `most`.
  std::vector<void*> fill(std::size_t bytes, std::size_t most = ~std::size_t{0}) {
    std::vector<void*> blocks;
    while (blocks.size() < most) {
      void* const block = a->allocate(bytes);
      if (block == nullptr) break;
      std::memset(block, 0x11, bytes);
      blocks.push_back(block);
    }
    return blocks;
  }
  void free_all(const std::vector<void*>& blocks, std::size_t bytes) {
    for (void* block : blocks) a->free(block, bytes);
  }
  void check_footprint() {
    BOOST_REQUIRE_LE(a->footprint_bytes(), a->cap_bytes());
    BOOST_REQUIRE_EQUAL(a->footprint_bytes(), account.used_bytes());
  }
};

const std::vector<std::size_t> sizes{
    1,    16,   17,   32,   48,   100,  128,  129,  200,   256,   300,   500,   512,   777,   1024,
    1025, 2000, 2048, 3000, 4096, 4097, 8192, 9000, 16384, 20000, 32768, 32769, 65536, 100000};

// What a block takes of the cap, so that what else is lost (headers, corners) can be told.
std::size_t taken(std::size_t bytes) {
  if (bytes <= small_limit) return class_sizes[size_class(bytes)];
  return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(arena_test, fixture)

BOOST_AUTO_TEST_CASE(blocks_of_every_size_are_aligned_and_distinct) {
  make(64 * mib);
  std::map<std::uintptr_t, std::size_t> blocks;
  for (int round = 0; round < 20; ++round) {
    for (const std::size_t bytes : sizes) {
      void* const block = a->allocate(bytes);
      BOOST_REQUIRE(block != nullptr);
      const auto address = reinterpret_cast<std::uintptr_t>(block);
      BOOST_REQUIRE_EQUAL(address % 16, 0U);
      std::memset(block, 0x77, bytes);
      const auto after = blocks.lower_bound(address);
      if (after != blocks.end()) BOOST_REQUIRE_LE(address + bytes, after->first);
      if (after != blocks.begin()) {
        const auto before = std::prev(after);
        BOOST_REQUIRE_LE(before->first + before->second, address);
      }
      blocks.emplace(address, bytes);
    }
  }
  check_footprint();
}

BOOST_AUTO_TEST_CASE(a_young_arena_is_four_pages) {
  make(mib);
  BOOST_TEST(a->footprint_bytes() == 4 * page_bytes);
  std::vector<void*> blocks;
  for (const std::size_t bytes : {40U, 56U, 24U, 120U, 16U}) blocks.push_back(a->allocate(bytes));
  BOOST_TEST(a->footprint_bytes() == 4 * page_bytes);  // mixed sizes share them
}

BOOST_AUTO_TEST_CASE(a_freed_large_block_serves_the_next_one_and_goes_before_a_refusal) {
  make(2 * mib);
  void* const first = a->allocate(mib / 2);
  const std::uint64_t with_one = a->footprint_bytes();
  a->free(first, mib / 2);
  BOOST_TEST(a->footprint_bytes() == with_one);  // kept, and paid for
  BOOST_TEST(a->allocate(mib / 2 - page_bytes) == first);
  BOOST_TEST(a->footprint_bytes() == with_one);
  a->free(first, mib / 2 - page_bytes);
  void* const large = a->allocate(mib + mib / 2);
  BOOST_TEST(large != nullptr);
  BOOST_TEST(a->footprint_bytes() <= 2 * mib);
  a->free(large, mib + mib / 2);
  check_footprint();
}

BOOST_AUTO_TEST_CASE(an_arena_needs_a_page_of_its_cap_and_account_and_a_chunk) {
  BOOST_TEST(arena::create(page_bytes - 1, account, chunks) == nullptr);
  memory_account poor{page_bytes - 1};
  BOOST_TEST(arena::create(mib, poor, chunks) == nullptr);
  BOOST_TEST(poor.used_bytes() == 0U);
  chunks.limit = 0;
  BOOST_TEST(arena::create(mib, account, chunks) == nullptr);
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(the_footprint_goes_up_to_the_cap_and_not_beyond) {
  for (const std::size_t bytes : sizes) {
    fixture f;
    f.make(2 * mib);
    const std::vector<void*> blocks = f.fill(bytes);
    f.check_footprint();
    BOOST_TEST(blocks.size() * taken(bytes) >= 2 * mib * 6 / 10, "size " << bytes);
    BOOST_TEST(f.a->allocate(bytes) == nullptr);
    BOOST_TEST(f.a->last_refusal().wanted_bytes == bytes);
    BOOST_TEST(f.a->last_refusal().in_a_row >= 2U);
    f.free_all(blocks, bytes);
  }
}

BOOST_AUTO_TEST_CASE(a_large_block_of_what_is_left_is_given_and_one_page_more_is_not) {
  make(mib);
  void* const first = a->allocate(40 * kib);  // the table of large blocks is there now
  const std::uint64_t left = mib - a->footprint_bytes();
  BOOST_TEST(a->allocate(left + 1) == nullptr);
  void* const rest = a->allocate(left);
  BOOST_TEST(rest != nullptr);
  BOOST_TEST(a->footprint_bytes() == mib);
  a->free(rest, left);
  a->free(first, 40 * kib);
}

BOOST_AUTO_TEST_CASE(absurd_sizes_are_refused) {
  make(mib);
  for (const std::size_t bytes :
       {mib + 1, std::uint64_t{1} << 47, ~std::uint64_t{0} - 4096, ~std::uint64_t{0}})
    BOOST_TEST(a->allocate(bytes) == nullptr);
  void* const block = a->allocate(64 * kib);
  BOOST_TEST(a->reallocate(block, 64 * kib, ~std::uint64_t{0}) == nullptr);
  a->free(block, 64 * kib);
}

BOOST_AUTO_TEST_CASE(the_account_of_the_tenant_refuses_as_the_cap_does) {
  account.set_cap(512 * kib);
  make(16 * mib);
  const std::vector<void*> blocks = fill(1000);
  BOOST_TEST(a->footprint_bytes() <= 512 * kib);
  BOOST_TEST(a->footprint_bytes() > 480 * kib);
  check_footprint();
  free_all(blocks, 1000);
}

BOOST_AUTO_TEST_CASE(a_heap_without_chunks_refuses_and_stays_whole) {
  make(16 * mib);
  chunks.limit = 3;
  const std::vector<void*> blocks = fill(64);
  BOOST_TEST(blocks.size() > 2000U);
  check_footprint();
  free_all(blocks, 64);
  BOOST_TEST(fill(64).size() >= blocks.size());
}

BOOST_AUTO_TEST_CASE(what_was_freed_serves_every_other_size) {
  make(2 * mib);
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t bytes : sizes) {
      const std::vector<void*> blocks = fill(bytes);
      BOOST_TEST(blocks.size() * taken(bytes) >= 2 * mib * 6 / 10,
                 "round " << round << " size " << bytes);
      check_footprint();
      free_all(blocks, bytes);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_heap_that_was_emptied_gives_nearly_all_of_its_cap_in_one_block) {
  make(2 * mib);
  for (const std::size_t bytes : sizes) free_all(fill(bytes), bytes);
  void* const block = a->allocate(2 * mib - 96 * kib);
  BOOST_TEST(block != nullptr);
  if (block != nullptr) a->free(block, 2 * mib - 96 * kib);
}

BOOST_AUTO_TEST_CASE(a_block_kept_in_each_chunk_does_not_hold_the_free_pages_of_the_others) {
  make(4 * mib);
  std::vector<void*> blocks = fill(500);
  std::vector<void*> kept;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i % 100 == 0) kept.push_back(blocks[i]);
    else a->free(blocks[i], 500);
  }
  // About one page in thirteen is in use.
  void* const large = a->allocate(2 * mib);
  BOOST_TEST(large != nullptr);
  check_footprint();
  if (large != nullptr) a->free(large, 2 * mib);
  free_all(kept, 500);
}

BOOST_AUTO_TEST_CASE(the_footprint_comes_back_to_a_small_part_of_its_peak) {
  make(32 * mib);
  const std::uint64_t start = a->footprint_bytes();
  for (const std::size_t bytes : sizes) {
    const std::vector<void*> blocks = fill(bytes, 8 * mib / bytes);
    free_all(blocks, bytes);
  }
  // One empty span a class may stay at hand, and the chunk it lies in.
  BOOST_TEST(a->footprint_bytes() <= start + class_count * chunk_bytes);
  check_footprint();
}

BOOST_AUTO_TEST_CASE(large_blocks_give_everything_back_when_freed) {
  make(32 * mib);
  const std::vector<void*> first = fill(50'000, 10);
  free_all(first, 50'000);
  const std::uint64_t with_table = a->footprint_bytes();
  for (int i = 0; i < 100; ++i) {
    free_all(fill(50'000, 100), 50'000);
    BOOST_REQUIRE_EQUAL(a->footprint_bytes(), with_table);
  }
}

BOOST_AUTO_TEST_CASE(a_large_block_keeps_its_content_while_it_grows_and_shrinks) {
  make(64 * mib);
  std::size_t bytes = 40'000;
  auto* block = static_cast<unsigned char*>(a->allocate(bytes));
  for (std::size_t i = 0; i < bytes; ++i) block[i] = static_cast<unsigned char>(i * 7);
  while (bytes < 16 * mib) {
    block = static_cast<unsigned char*>(a->reallocate(block, bytes, bytes * 2));
    BOOST_REQUIRE(block != nullptr);
    for (std::size_t i = bytes; i < bytes * 2; ++i) block[i] = static_cast<unsigned char>(i * 7);
    bytes *= 2;
  }
  while (bytes > 100) {
    block = static_cast<unsigned char*>(a->reallocate(block, bytes, bytes / 3));
    BOOST_REQUIRE(block != nullptr);
    bytes /= 3;
    for (std::size_t i = 0; i < bytes; ++i)
      BOOST_REQUIRE_EQUAL(block[i], static_cast<unsigned char>(i * 7));
    check_footprint();
  }
  a->free(block, bytes);
}

BOOST_AUTO_TEST_CASE(growing_a_large_block_needs_no_second_one_beside_it) {
  make(mib);
  void* block = a->allocate(500 * kib);
  block = a->reallocate(block, 500 * kib, 900 * kib);  // 1400 KiB with a copy
  BOOST_TEST(block != nullptr);
  BOOST_TEST(a->reallocate(block, 900 * kib, 1200 * kib) == nullptr);
  BOOST_TEST(a->footprint_bytes() <= mib);
  a->free(block, 900 * kib);
}

BOOST_AUTO_TEST_CASE(a_growth_that_is_refused_leaves_the_block_as_it_was) {
  make(256 * kib);
  for (const std::size_t bytes : {24U, 1000U, 5000U, 20'000U, 40'000U}) {
    void* const block = a->allocate(bytes);
    BOOST_REQUIRE(block != nullptr);
    std::memset(block, 0x3c, bytes);
    BOOST_TEST(a->reallocate(block, bytes, 300 * kib) == nullptr);
    const auto* const content = static_cast<const unsigned char*>(block);
    BOOST_TEST(std::all_of(content, content + bytes, [](unsigned char c) { return c == 0x3c; }));
    a->free(block, bytes);
  }
}

BOOST_AUTO_TEST_CASE(a_shrink_is_never_refused) {
  const std::vector<std::size_t> from{150'000, 40'000, 32'768, 9000, 4097, 4000, 600, 130, 40};
  for (const std::size_t before : from) {
    for (const std::size_t after : from) {
      if (after >= before) continue;
      fixture f;
      f.make(mib);
      void* block = f.a->allocate(before);
      BOOST_REQUIRE(block != nullptr);
      std::memset(block, 0x42, before);
      for (const std::size_t bytes : {1000U, 100U, 16U}) (void)f.fill(bytes);  // not a page left
      f.a->set_cap(page_bytes);
      f.account.set_cap(0);
      block = f.a->reallocate(block, before, after);
      BOOST_REQUIRE_MESSAGE(block != nullptr, before << " to " << after);
      const auto* const content = static_cast<const unsigned char*>(block);
      BOOST_TEST(std::all_of(content, content + after, [](unsigned char c) { return c == 0x42; }));
      BOOST_TEST(f.a->footprint_bytes() == f.account.used_bytes());
      f.a->free(block, after);
      BOOST_TEST(f.a->footprint_bytes() == f.account.used_bytes());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_shrink_in_an_arena_that_refuses_everything_succeeds) {
  make(16 * mib);
  for (const std::size_t before : {150'000U, 40'000U, 9000U, 600U, 40U}) {
    void* block = a->allocate(before);
    BOOST_REQUIRE(block != nullptr);
    a->refuse_every(1);
    block = a->reallocate(block, before, before / 3);
    a->refuse_every(0);
    BOOST_TEST(block != nullptr);
    a->free(block, before / 3);
  }
  check_footprint();
}

BOOST_AUTO_TEST_CASE(dropping_a_full_arena_gives_everything_back) {
  make(32 * mib);
  for (const std::size_t bytes : sizes) (void)fill(bytes, 100);
  BOOST_TEST(account.used_bytes() > 5 * mib);
  arena::drop(a);
  a = nullptr;
  BOOST_TEST(account.used_bytes() == 0U);
  BOOST_TEST(chunks.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_kill_that_was_put_off_happens_once_on_leaving_the_busy_section) {
  static int kills = 0;
  kills = 0;
  make(mib);
  a->set_kill_handler([] { ++kills; });
  void* const large = a->allocate(64 * kib);
  BOOST_TEST(kills == 0);
  BOOST_TEST(!a->busy());
  a->defer_kill();
  a->free(large, 64 * kib);
  BOOST_TEST(kills == 1);
  (void)fill(64 * kib, 4);
  BOOST_TEST(kills == 1);
}

BOOST_AUTO_TEST_CASE(many_large_blocks_are_told_apart) {
  make(1024 * mib);
  std::vector<void*> blocks = fill(36 * kib, 3000);  // the table grows on the way
  BOOST_REQUIRE_EQUAL(blocks.size(), 3000U);
  for (std::size_t i = 0; i < blocks.size(); ++i) std::memcpy(blocks[i], &i, sizeof i);
  std::mt19937 random{3};
  std::vector<std::size_t> order(blocks.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  for (std::size_t n = 0; n < order.size(); ++n) {
    const std::size_t i = order[n];
    std::size_t mark = 0;
    std::memcpy(&mark, blocks[i], sizeof mark);
    BOOST_REQUIRE_EQUAL(mark, i);
    if (n % 2 == 0) a->free(blocks[i], 36 * kib);
    else blocks[i] = a->reallocate(blocks[i], 36 * kib, 44 * kib);
  }
  for (std::size_t n = 1; n < order.size(); n += 2) a->free(blocks[order[n]], 44 * kib);
  check_footprint();
  BOOST_TEST(a->footprint_bytes() < mib);
}

BOOST_AUTO_TEST_SUITE_END()

// -- against a model --------------------------------------------------------------------------

namespace {

// Random calls against a map of what must be there, each block filled with a pattern of its own.
class model {
 public:
  model(fixture& f, std::uint32_t seed) : f_{f}, random_{seed} {}

  // The blocks at the end are left to the arena's drop.
  void run(int operations) {
    for (int i = 0; i < operations; ++i) {
      const auto what = random_() % 100;
      if (what < 45 || blocks_.empty()) allocate();
      else if (what < 80) free_one();
      else reallocate();
      if (i % 512 == 0) f_.check_footprint();
      // Every so often nearly everything goes, as after a collection.
      if (random_() % 3000 == 0)
        for (std::size_t n = blocks_.size() * 9 / 10; n > 0; --n) free_one();
    }
    for (const block& b : blocks_) check(b, b.bytes);
  }
  int refused = 0;

 private:
  struct block {
    unsigned char* at;
    std::size_t bytes;
    unsigned char pattern;
  };

  std::size_t size() {
    const auto kind = random_() % 100;
    if (kind < 70) return 1 + random_() % 256;
    if (kind < 90) return 1 + random_() % 5000;
    if (kind < 97) return 1 + random_() % 40'000;
    return 1 + random_() % 300'000;
  }
  static void fill(block& b, std::size_t from) {
    std::memset(b.at + from, b.pattern, b.bytes - from);
  }
  static void check(const block& b, std::size_t bytes) {
    const bool whole =
        std::all_of(b.at, b.at + bytes, [&](unsigned char c) { return c == b.pattern; });
    BOOST_REQUIRE_MESSAGE(whole, "block of " << b.bytes << " damaged");
  }
  void allocate() {
    block b{nullptr, size(), static_cast<unsigned char>(random_())};
    b.at = static_cast<unsigned char*>(f_.a->allocate(b.bytes));
    if (b.at == nullptr) {
      ++refused;
      return;
    }
    fill(b, 0);
    blocks_.push_back(b);
  }
  block& any() {
    std::swap(blocks_[random_() % blocks_.size()], blocks_.back());
    return blocks_.back();
  }
  void free_one() {
    const block b = any();
    blocks_.pop_back();
    check(b, b.bytes);
    f_.a->free(b.at, b.bytes);
  }
  void reallocate() {
    block& b = any();
    const std::size_t wanted = random_() % 2 == 0 ? size() : b.bytes + b.bytes / 2 + 1;
    void* const moved = f_.a->reallocate(b.at, b.bytes, wanted);
    if (moved == nullptr) {
      BOOST_REQUIRE_GT(wanted, b.bytes);
      ++refused;
      check(b, b.bytes);
      return;
    }
    b.at = static_cast<unsigned char*>(moved);
    check(b, std::min(b.bytes, wanted));
    const std::size_t kept = std::min(b.bytes, wanted);
    b.bytes = wanted;
    fill(b, kept);
  }

  fixture& f_;
  std::mt19937 random_;
  std::vector<block> blocks_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(arena_model_test)

BOOST_AUTO_TEST_CASE(blocks_keep_their_content_through_a_hundred_thousand_random_calls) {
  fixture f;
  f.make(256 * mib);
  model m{f, 1};
  m.run(100'000);
  BOOST_TEST(m.refused == 0);
}

BOOST_AUTO_TEST_CASE(the_same_holds_at_the_cap) {
  for (const std::uint64_t cap : {128 * kib, 512 * kib, 4 * mib}) {
    fixture f;
    f.make(cap);
    model m{f, 2};
    m.run(100'000);
    BOOST_TEST(m.refused > 0);
  }
}

BOOST_AUTO_TEST_CASE(the_same_holds_when_every_nth_call_is_refused) {
  for (const std::uint32_t n : {1U, 2U, 3U, 7U, 50U, 1000U}) {
    fixture f;
    f.make(32 * mib);
    f.a->refuse_every(n);
    model m{f, n};
    m.run(30'000);
    BOOST_TEST(m.refused > 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
