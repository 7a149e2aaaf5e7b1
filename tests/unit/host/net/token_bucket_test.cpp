#include "host/net/token_bucket.hpp"

#include <boost/test/unit_test.hpp>

namespace moonward::host {

BOOST_AUTO_TEST_SUITE(token_bucket_suite)

using std::chrono::milliseconds;
using std::chrono::seconds;

BOOST_AUTO_TEST_CASE(no_rate_grants_everything) {
  token_bucket b;
  BOOST_TEST(b.take(1'000'000'000, token_bucket::time_point{}) == 1'000'000'000);
  BOOST_TEST(b.wait_time(1).count() == 0);
}

BOOST_AUTO_TEST_CASE(a_burst_is_a_tenth_of_a_second) {
  token_bucket b;
  b.set_rate(1'000);
  const token_bucket::time_point start{seconds{1}};
  BOOST_TEST(b.take(1'000, start) == 100);
  BOOST_TEST(b.take(1, start) == 0);
  BOOST_TEST((b.wait_time(1'000) > milliseconds{49} && b.wait_time(1'000) < milliseconds{51}));
  BOOST_TEST(b.take(1'000, start + milliseconds{50}) == 50);
  b.give_back(20);
  BOOST_TEST(b.take(1'000, start + milliseconds{50}) == 20);
  BOOST_TEST(b.take(1'000, start + seconds{60}) == 100);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::host
