#include "host/memory/chunk_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <set>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

using moonward::host::chunk_pool;
using moonward::sandbox::chunk_bytes;
using moonward::sandbox::page_bytes;

namespace {

// Pages of the chunk that are in memory.
std::size_t resident_pages(void* chunk) {
  std::array<unsigned char, chunk_bytes / page_bytes> pages{};
  BOOST_REQUIRE_EQUAL(::mincore(chunk, chunk_bytes, pages.data()), 0);
  return static_cast<std::size_t>(
      std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return (p & 1U) != 0; }));
}

std::vector<void*> acquire_filled(chunk_pool& pool, std::size_t count) {
  std::vector<void*> chunks;
  for (std::size_t i = 0; i < count; ++i) {
    chunks.push_back(pool.acquire(false));
    BOOST_REQUIRE(chunks.back() != nullptr);
    std::memset(chunks.back(), 0x5a, chunk_bytes);
  }
  return chunks;
}

void release_all(chunk_pool& pool, const std::vector<void*>& chunks) {
  for (void* chunk : chunks) pool.release(chunk);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chunk_pool_test)

BOOST_AUTO_TEST_CASE(chunks_are_aligned_to_their_size_and_never_shared) {
  chunk_pool pool;
  std::set<void*> seen;
  for (int i = 0; i < 3000; ++i) {  // three regions
    void* const chunk = pool.acquire(false);
    BOOST_REQUIRE(chunk != nullptr);
    BOOST_REQUIRE_EQUAL(reinterpret_cast<std::uintptr_t>(chunk) % chunk_bytes, 0U);
    BOOST_REQUIRE(seen.insert(chunk).second);
  }
  BOOST_TEST(pool.stats().handed_out_bytes == 3000 * chunk_bytes);
  BOOST_TEST(pool.stats().reserved_bytes == 3 * chunk_pool::region_bytes);
  for (void* chunk : seen) pool.release(chunk);
  BOOST_TEST(pool.stats().handed_out_bytes == 0U);
}

BOOST_AUTO_TEST_CASE(a_chunk_that_comes_back_is_the_next_one_handed_out) {
  chunk_pool pool;
  void* const chunk = pool.acquire(false);
  std::memset(chunk, 1, chunk_bytes);
  for (int i = 0; i < 100; ++i) {
    pool.release(chunk);
    BOOST_REQUIRE_EQUAL(pool.acquire(false), chunk);
    BOOST_REQUIRE_EQUAL(resident_pages(chunk), chunk_bytes / page_bytes);
  }
  pool.release(chunk);
}

BOOST_AUTO_TEST_CASE(no_more_free_chunks_are_kept_dirty_or_warm_than_the_limits_say) {
  chunk_pool pool{{.max_dirty = 8, .max_warm = 5}};
  const std::vector<void*> chunks = acquire_filled(pool, 30);
  release_all(pool, chunks);
  BOOST_TEST(pool.stats().dirty_chunks == 8U);
  BOOST_TEST(pool.stats().warm_chunks == 5U);
  std::size_t whole = 0;
  std::size_t warm = 0;
  std::size_t cold = 0;
  for (void* chunk : chunks) {
    const std::size_t pages = resident_pages(chunk);
    if (pages == chunk_bytes / page_bytes) ++whole;
    else if (pages == 1) ++warm;
    else if (pages == 0) ++cold;
  }
  BOOST_TEST(whole == 8U);
  BOOST_TEST(warm == 5U);
  BOOST_TEST(cold == 17U);
}

BOOST_AUTO_TEST_CASE(dirty_and_warm_chunks_are_used_before_cold_ones) {
  chunk_pool pool{{.max_dirty = 4, .max_warm = 4}};
  release_all(pool, acquire_filled(pool, 40));
  std::vector<void*> again;
  for (int i = 0; i < 8; ++i) {
    again.push_back(pool.acquire(false));
    BOOST_TEST(resident_pages(again.back()) > 0U);
  }
  BOOST_TEST(pool.stats().dirty_chunks == 0U);
  BOOST_TEST(pool.stats().warm_chunks == 0U);
  again.push_back(pool.acquire(false));
  BOOST_TEST(resident_pages(again.back()) == 0U);
  release_all(pool, again);
}

BOOST_AUTO_TEST_CASE(cycles_of_many_chunks_reserve_nothing_more) {
  chunk_pool pool;
  release_all(pool, acquire_filled(pool, 500));
  const std::uint64_t reserved = pool.stats().reserved_bytes;
  for (int i = 0; i < 20; ++i) release_all(pool, acquire_filled(pool, 500));
  BOOST_TEST(pool.stats().reserved_bytes == reserved);
  BOOST_TEST(pool.stats().dirty_chunks <= 64U);
}

BOOST_AUTO_TEST_CASE(a_pool_whose_regions_are_used_up_gives_null_and_recovers) {
  chunk_pool pool{{.max_regions = 1}};
  std::vector<void*> chunks;
  while (void* chunk = pool.acquire(false)) chunks.push_back(chunk);
  BOOST_TEST(chunks.size() == chunk_pool::region_bytes / chunk_bytes - 1);
  BOOST_TEST(pool.stats().handed_out_bytes == chunks.size() * chunk_bytes);
  pool.release(chunks.back());
  BOOST_TEST(pool.acquire(false) == chunks.back());
  release_all(pool, chunks);
}

BOOST_AUTO_TEST_CASE(chunks_in_the_cache_of_a_thread_that_ended_are_used_by_others) {
  chunk_pool pool;
  std::vector<void*> chunks;
  std::thread{[&] {
    chunks = acquire_filled(pool, 10);
    release_all(pool, chunks);
  }}.join();
  BOOST_TEST(pool.stats().dirty_chunks == 10U);
  for (int i = 0; i < 10; ++i)
    BOOST_TEST((std::find(chunks.begin(), chunks.end(), pool.acquire(false)) != chunks.end()));
  BOOST_TEST(pool.stats().dirty_chunks == 0U);
  release_all(pool, chunks);
}

BOOST_AUTO_TEST_CASE(surplus_chunks_wait_for_the_cleaner_up_to_their_limit) {
  chunk_pool pool{{.max_dirty = 20, .max_surplus = 10, .max_warm = 5}};
  const std::vector<void*> chunks = acquire_filled(pool, 40);
  release_all(pool, chunks);
  BOOST_TEST(pool.stats().dirty_chunks == 30U);
  BOOST_TEST(pool.clean() == 10U);
  BOOST_TEST(pool.stats().dirty_chunks == 20U);
  BOOST_TEST(pool.stats().warm_chunks == 5U);
  BOOST_TEST(pool.clean() == 0U);
}

BOOST_AUTO_TEST_CASE(the_cleaner_cleans_while_others_release_and_ends_when_told) {
  moonward::host::cleaner_bell bell;
  chunk_pool pool{{.max_dirty = 20, .max_surplus = 1000}, &bell};
  const auto clean = [&] {
    while (bell.wait()) (void)pool.clean();
  };
  std::thread cleaner{clean};
  for (int i = 0; i < 20; ++i) release_all(pool, acquire_filled(pool, 100));
  while (pool.stats().dirty_chunks > 20) std::this_thread::yield();
  bell.stop();
  cleaner.join();
  BOOST_TEST(pool.stats().reserved_bytes == chunk_pool::region_bytes);
  clean();  // returns at once
}

BOOST_AUTO_TEST_CASE(threads_that_pass_chunks_to_each_other_never_share_one) {
  chunk_pool pool{{.max_dirty = 16, .max_warm = 16}};
  constexpr std::size_t threads = 4;
  std::array<std::atomic<void*>, 64> table{};
  std::atomic<int> damaged{0};
  std::vector<std::thread> running;
  for (std::size_t t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      std::uint64_t random = t + 1;
      for (int i = 0; i < 20'000; ++i) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        void* mine = pool.acquire(false);
        auto* const words = static_cast<std::uint64_t*>(mine);
        words[0] = words[4095] = reinterpret_cast<std::uintptr_t>(mine) ^ 0xabcd;
        void* const other = table[random >> 58].exchange(mine);
        if (other == nullptr) continue;
        const auto* const theirs = static_cast<const std::uint64_t*>(other);
        if (theirs[0] != (reinterpret_cast<std::uintptr_t>(other) ^ 0xabcd) ||
            theirs[4095] != theirs[0])
          ++damaged;
        pool.release(other);
      }
    });
  }
  for (std::thread& t : running) t.join();
  BOOST_TEST(damaged == 0);
  std::size_t left = 0;
  for (auto& entry : table) left += entry != nullptr;
  BOOST_TEST(pool.stats().handed_out_bytes == left * chunk_bytes);
  for (auto& entry : table)
    if (entry != nullptr) pool.release(entry);
}

BOOST_AUTO_TEST_SUITE_END()
