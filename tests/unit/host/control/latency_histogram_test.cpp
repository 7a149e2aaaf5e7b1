#include "host/control/latency_histogram.hpp"

#include <boost/test/unit_test.hpp>

using moonward::host::latency_histogram;

BOOST_AUTO_TEST_SUITE(latency_histograms)

BOOST_AUTO_TEST_CASE(an_empty_one_is_all_zero) {
  const latency_histogram times;
  BOOST_TEST(times.count() == 0U);
  BOOST_TEST(times.percentile_ns(0.99) == 0U);
  BOOST_TEST(times.max_ns() == 0U);
}

BOOST_AUTO_TEST_CASE(percentiles_are_at_most_a_bucket_too_high_and_never_too_low) {
  latency_histogram times;
  for (std::uint64_t us = 1; us <= 10'000; ++us) times.add(us * 1000);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 1e7;
    const auto told = static_cast<double>(times.percentile_ns(share));
    BOOST_TEST(told >= exact * 0.999);
    BOOST_TEST(told <= exact * 1.04);
  }
  BOOST_TEST(times.percentile_ns(1.0) == 10'000'000U);
  BOOST_TEST(times.max_ns() == 10'000'000U);
}

BOOST_AUTO_TEST_CASE(every_size_has_a_bucket) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    latency_histogram times;
    const std::uint64_t value = std::uint64_t{1} << bit;
    times.add(value);
    BOOST_TEST(times.percentile_ns(0.5) == value);
    times.add(value - 1);
    BOOST_TEST(times.count() == 2U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
