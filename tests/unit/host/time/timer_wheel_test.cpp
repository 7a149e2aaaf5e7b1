#include "host/time/timer_wheel.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <vector>

using moonward::host::timer_wheel;
using moonward::host::wheel_node;

namespace {

struct timer : wheel_node {
  int number = 0;
};

std::vector<int> fired_by(timer_wheel& wheel, std::uint64_t now_ms) {
  std::vector<int> numbers;
  wheel.advance(now_ms, [&](wheel_node& n) { numbers.push_back(static_cast<timer&>(n).number); });
  return numbers;
}

// What `run` must do: go from one due time to the next.
template <class Fire>
void run_to(timer_wheel& wheel, std::uint64_t now_ms, Fire fire) {
  while (wheel.next_due_ms() <= now_ms) wheel.advance(wheel.next_due_ms(), fire);
  wheel.advance(now_ms, fire);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(timer_wheel_test)

BOOST_AUTO_TEST_CASE(a_timer_fires_at_its_tick_and_not_before) {
  for (const std::uint64_t due : {1ULL, 255ULL, 256ULL, 257ULL, 16383ULL, 16384ULL, 1048576ULL,
                                  67108864ULL, 4294967295ULL, 4294967296ULL, 9000000000ULL}) {
    timer_wheel wheel;
    timer t;
    wheel.insert(t, due);
    BOOST_TEST(fired_by(wheel, due - 1).empty());
    BOOST_TEST(wheel.next_due_ms() == due);
    BOOST_TEST(fired_by(wheel, due).size() == 1U);
    BOOST_TEST(wheel.next_due_ms() == timer_wheel::never);
    BOOST_TEST(wheel.size() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(what_is_due_already_fires_with_the_next_tick) {
  timer_wheel wheel{1000};
  timer past;
  timer present;
  wheel.insert(past, 3);
  wheel.insert(present, 1000);
  BOOST_TEST(fired_by(wheel, 1000).empty());
  BOOST_TEST(fired_by(wheel, 1001).size() == 2U);
}

BOOST_AUTO_TEST_CASE(timers_of_one_tick_fire_in_the_order_of_their_insertion) {
  timer_wheel wheel;
  timer timers[4];
  for (int i = 0; i < 4; ++i) timers[i].number = i;
  wheel.insert(timers[0], 5000);
  wheel.insert(timers[1], 5000);
  BOOST_TEST(fired_by(wheel, 4990).empty());  // both have moved down a level
  wheel.insert(timers[2], 5000);
  wheel.insert(timers[3], 5000);
  BOOST_TEST((fired_by(wheel, 6000) == std::vector<int>{0, 1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_removed_timer_does_not_fire_from_whichever_level) {
  for (const std::uint64_t due :
       {10ULL, 300ULL, 20000ULL, 2000000ULL, 100000000ULL, 5000000000ULL}) {
    timer_wheel wheel;
    timer gone;
    timer stays;
    stays.number = 1;
    wheel.insert(gone, due);
    wheel.insert(stays, due);
    wheel.remove(gone);
    BOOST_TEST(gone.next == nullptr);
    BOOST_TEST(wheel.size() == 1U);
    BOOST_TEST((fired_by(wheel, due) == std::vector<int>{1}));
    wheel.insert(gone, due + 1);
    wheel.remove(gone);
    BOOST_TEST(wheel.next_due_ms() == timer_wheel::never);
  }
}

BOOST_AUTO_TEST_CASE(a_timer_may_be_inserted_again_while_it_fires) {
  timer_wheel wheel;
  timer t;
  int fired = 0;
  const auto fire = [&](wheel_node& n) {
    ++fired;
    wheel.insert(n, n.due_ms + 100);
  };
  wheel.insert(t, 100);
  wheel.advance(1000, fire);
  BOOST_TEST(fired == 10);
  BOOST_TEST(wheel.next_due_ms() <= 1100U);
}

BOOST_AUTO_TEST_CASE(a_timer_may_remove_another_one_of_its_tick_while_it_fires) {
  timer_wheel wheel;
  timer first;
  timer second;
  wheel.insert(first, 7);
  wheel.insert(second, 7);
  int fired = 0;
  wheel.advance(10, [&](wheel_node&) {
    ++fired;
    wheel.remove(second);
  });
  BOOST_TEST(fired == 1);
  BOOST_TEST(wheel.size() == 0U);
}

BOOST_AUTO_TEST_CASE(advance_stops_at_the_limit_and_goes_on_where_it_stopped) {
  timer_wheel wheel;
  std::vector<timer> timers(10);
  for (int i = 0; i < 10; ++i) {
    timers[static_cast<std::size_t>(i)].number = i;
    wheel.insert(timers[static_cast<std::size_t>(i)], i < 6 ? 512 : 600);
  }
  std::vector<int> order;
  const auto fire = [&](wheel_node& n) { order.push_back(static_cast<timer&>(n).number); };
  BOOST_TEST(wheel.advance(1000, fire, 4));
  BOOST_TEST(order.size() == 4U);
  BOOST_TEST(wheel.next_due_ms() == 512U);
  BOOST_TEST(wheel.advance(1000, fire, 4));
  BOOST_TEST(!wheel.advance(1000, fire, 4));
  BOOST_TEST((order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

BOOST_AUTO_TEST_CASE(the_next_due_time_is_never_later_than_the_first_timer) {
  std::mt19937_64 random{7};
  timer_wheel wheel{123456};
  std::deque<timer> timers(500);
  std::multimap<std::uint64_t, timer*> model;
  for (timer& t : timers) {
    const std::uint64_t due = 123457 + (random() >> (24 + random() % 40));
    wheel.insert(t, due);
    model.emplace(due, &t);
  }
  int wake_ups = 0;
  while (!model.empty()) {
    BOOST_REQUIRE_LE(wheel.next_due_ms(), model.begin()->first);
    wheel.advance(wheel.next_due_ms(), [&](wheel_node& n) {
      BOOST_REQUIRE_EQUAL(n.due_ms, model.begin()->first);
      model.erase(model.begin());
    });
    ++wake_ups;
  }
  BOOST_TEST(wake_ups < 500 * 7);
}

BOOST_AUTO_TEST_CASE(a_wheel_does_what_an_ordered_map_does) {
  std::mt19937_64 random{42};
  timer_wheel wheel;
  std::deque<timer> timers(2000);
  std::vector<timer*> idle;
  std::vector<timer*> active;
  std::multimap<std::uint64_t, timer*> model;
  for (timer& t : timers) idle.push_back(&t);
  std::uint64_t now = 0;

  const auto fire = [&](wheel_node& n) {
    auto& t = static_cast<timer&>(n);
    BOOST_REQUIRE(!model.empty());
    BOOST_REQUIRE_EQUAL(t.due_ms, model.begin()->first);
    BOOST_REQUIRE_EQUAL(&t, model.begin()->second);  // equal keys keep their order
    BOOST_REQUIRE_EQUAL(wheel.now_ms(), t.due_ms);
    model.erase(model.begin());
    std::erase(active, &t);
    idle.push_back(&t);
  };
  for (int step = 0; step < 100'000; ++step) {
    const auto what = random() % 10;
    if (what < 5 && !idle.empty()) {
      timer& t = *idle.back();
      idle.pop_back();
      const std::uint64_t due = now + 1 + (random() & ((1ULL << random() % 35) - 1));
      wheel.insert(t, due);
      model.emplace(due, &t);
      active.push_back(&t);
    } else if (what < 7 && !active.empty()) {
      const std::size_t which = random() % active.size();
      timer& t = *active[which];
      active.erase(active.begin() + static_cast<std::ptrdiff_t>(which));
      for (auto [at, end] = model.equal_range(t.due_ms); at != end; ++at) {
        if (at->second != &t) continue;
        model.erase(at);
        break;
      }
      wheel.remove(t);
      idle.push_back(&t);
    } else {
      now += random() & ((1ULL << random() % (step % 1000 == 0 ? 34 : 12)) - 1);
      if (what == 9) wheel.advance(now, fire);
      else run_to(wheel, now, fire);
      BOOST_REQUIRE(model.empty() || model.begin()->first > now);
    }
    BOOST_REQUIRE_EQUAL(wheel.size(), model.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()
