#include "host/memory/process_size.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <sys/mman.h>

BOOST_AUTO_TEST_CASE(memory_that_is_touched_counts_until_it_is_given_back) {
  constexpr std::size_t bytes = 64 << 20;
  const moonward::host::process_size size;
  const std::uint64_t before = size.resident_bytes();
  BOOST_TEST(before > 0U);
  void* const block =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  BOOST_REQUIRE(block != MAP_FAILED);
  std::memset(block, 1, bytes);
  const std::uint64_t held = size.resident_bytes();
  BOOST_TEST(held >= before + bytes / 2);
  ::munmap(block, bytes);
  BOOST_TEST(size.resident_bytes() <= held - bytes / 2);
}
