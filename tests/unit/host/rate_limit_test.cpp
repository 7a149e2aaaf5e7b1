#include "host/rate_limit.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

using moonward::host::ns_a_ms;
using moonward::host::ns_a_second;
using moonward::host::rate_limit;

namespace {

int taken(rate_limit& limit, std::uint64_t now_ns, int attempts) {
  int count = 0;
  for (int i = 0; i < attempts; ++i) count += limit.take(now_ns) ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_test)

BOOST_AUTO_TEST_CASE(a_burst_of_one_seconds_worth_is_let_through_and_no_more) {
  rate_limit limit{100};
  BOOST_TEST(taken(limit, 0, 100) == 100);
  BOOST_TEST(!limit.take(0));
}

BOOST_AUTO_TEST_CASE(the_bucket_fills_with_time_up_to_one_burst) {
  rate_limit limit{100};
  BOOST_TEST(taken(limit, 0, 1000) == 100);
  BOOST_TEST(!limit.take(10 * ns_a_ms - 1));
  BOOST_TEST(limit.take(10 * ns_a_ms));
  BOOST_TEST(!limit.take(10 * ns_a_ms));
  BOOST_TEST(taken(limit, 510 * ns_a_ms, 1000) == 50);
  BOOST_TEST(taken(limit, 3600 * ns_a_second, 1000) == 100);
}

BOOST_AUTO_TEST_CASE(a_rate_below_one_a_second_lets_one_through_at_a_time) {
  rate_limit limit{0.5};
  BOOST_TEST(taken(limit, 0, 5) == 1);
  BOOST_TEST(taken(limit, ns_a_second, 5) == 0);
  BOOST_TEST(taken(limit, 2 * ns_a_second, 5) == 1);
}

BOOST_AUTO_TEST_CASE(a_rate_of_nothing_is_no_limit) {
  rate_limit limit;
  BOOST_TEST(taken(limit, 0, 100'000) == 100'000);
}

BOOST_AUTO_TEST_CASE(several_events_are_taken_together_or_not_at_all) {
  rate_limit limit{1000};
  BOOST_TEST(limit.take(0, 900));
  BOOST_TEST(!limit.take(0, 101));
  BOOST_TEST(limit.take(0, 100));
  BOOST_TEST(!limit.take(0));
}

BOOST_AUTO_TEST_CASE(a_new_rate_holds_from_then_on) {
  rate_limit limit{10};
  BOOST_TEST(taken(limit, 0, 100) == 10);
  limit.set_rate(1000);
  BOOST_TEST(taken(limit, ns_a_second, 5000) == 1000);
  limit.set_rate(0);
  BOOST_TEST(taken(limit, ns_a_second, 5000) == 5000);
}

BOOST_AUTO_TEST_CASE(threads_together_get_no_more_than_one_burst) {
  rate_limit limit{1000};
  std::atomic<int> got{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { got += taken(limit, 5, 2000); });
  for (std::thread& t : threads) t.join();
  BOOST_TEST(got == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
