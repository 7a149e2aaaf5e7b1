#include "host/control/main_loop.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <thread>
#include <unistd.h>

using namespace moonward::host;
using std::chrono::milliseconds;

namespace {

// Signals must be blocked everywhere: also in the threads of a sanitizer, so it is done first.
struct blocked_signals {
  blocked_signals() {
    sigset_t all;
    sigemptyset(&all);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&all, number);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(main_loops, blocked_signals)

BOOST_AUTO_TEST_CASE(time_signals_and_requests_end_a_wait) {
  const auto made = main_loop::create();
  BOOST_TEST_REQUIRE(made.has_value());
  main_loop& loop = **made;
  const auto soon = [] { return main_loop::clock::now() + milliseconds{1}; };
  const auto never = main_loop::clock::time_point::max();
  BOOST_TEST((loop.wait(soon()) == wake_reason::timeout));
  ::kill(::getpid(), SIGTERM);
  BOOST_TEST((loop.wait(never) == wake_reason::stop_signal));
  ::kill(::getpid(), SIGINT);
  BOOST_TEST((loop.wait(never) == wake_reason::stop_signal));
  ::kill(::getpid(), SIGHUP);
  BOOST_TEST((loop.wait(never) == wake_reason::hang_up));
  BOOST_TEST((loop.wait(soon()) == wake_reason::timeout));
}

BOOST_AUTO_TEST_CASE(no_request_of_another_thread_is_missed) {
  const auto made = main_loop::create();
  BOOST_TEST_REQUIRE(made.has_value());
  main_loop& loop = **made;
  constexpr int count = 2000;
  std::thread other{[&loop] {
    for (int index = 0; index < count; ++index) {
      loop.post([] {});
      if (index % 7 == 0) std::this_thread::yield();
    }
  }};
  int seen = 0;
  while (seen < count) {
    BOOST_TEST_REQUIRE(
        (loop.wait(main_loop::clock::now() + std::chrono::seconds{20}) == wake_reason::requests));
    seen += static_cast<int>(loop.take_requests().size());
  }
  other.join();
  BOOST_TEST(seen == count);
}

BOOST_AUTO_TEST_SUITE_END()
