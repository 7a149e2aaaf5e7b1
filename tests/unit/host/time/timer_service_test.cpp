#include "host/time/timer_service.hpp"

#include "sandbox/memory/account.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace moonward;
using host::timer_service;
using sandbox::memory_account;

namespace {

class hand_clock final : public host::clock {
 public:
  [[nodiscard]] std::uint64_t now_ns() const noexcept override { return now_.load(); }
  void set_ms(std::uint64_t ms) { now_ = ms * host::ns_a_ms; }
  void set_ns(std::uint64_t ns) { now_ = ns; }

 private:
  std::atomic<std::uint64_t> now_{0};  // the test writes, any thread reads
};

// Keeps what was pushed, and lets a test wait for it.
class recorder final : public host::message_sink {
 public:
  struct event {
    sandbox::handle owner;
    std::int32_t session;
    [[nodiscard]] bool operator==(const event&) const = default;
  };

  bool push(sandbox::message* m) noexcept override {
    const std::lock_guard lock{mutex_};
    const bool alive = !dead.contains(m->destination);
    well_formed = well_formed && m->type == sandbox::message_type::response &&
                  m->origin == sandbox::message_origin::timer && m->size == 0 && m->source == 0;
    if (alive) events_.push_back({m->destination, m->session});
    sandbox::release_message(m);
    arrived_.notify_all();
    return alive;
  }
  void end_batch() noexcept override { ++batches; }

  std::vector<event> take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(events_, {});
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    arrived_.wait(lock, [&] { return events_.size() >= count; });
  }

  std::set<sandbox::handle> dead;
  bool well_formed = true;
  std::atomic<int> batches{0};

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<event> events_;
};

using events = std::vector<recorder::event>;

std::ostream& operator<<(std::ostream& out, const recorder::event& e) {
  return out << e.owner << '#' << e.session;
}

struct fixture {
  hand_clock clock;
  recorder sink;
  memory_account account{1 << 20};
  timer_service timers{sink, clock};

  void add(sandbox::handle owner, std::int32_t session, std::uint64_t delay_ms,
           std::uint64_t period_ms = 0) {
    BOOST_REQUIRE(timers.add(owner, session, delay_ms, period_ms, &account));
  }
  events at_ms(std::uint64_t ms) {
    clock.set_ms(ms);
    timers.run_due();
    return sink.take();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(timer_service_test, fixture)

BOOST_AUTO_TEST_CASE(a_timer_sends_its_session_once_when_it_is_due) {
  add(7, 11, 100);
  BOOST_TEST(timers.pending() == 1U);
  BOOST_TEST(at_ms(99) == events{});
  BOOST_TEST(at_ms(100) == (events{{7, 11}}), boost::test_tools::per_element());
  BOOST_TEST(at_ms(1000) == events{});
  BOOST_TEST(sink.well_formed);
  BOOST_TEST(timers.pending() == 0U);
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_timer_is_never_early_by_a_part_of_a_tick) {
  clock.set_ns(5 * host::ns_a_ms + 1);
  add(7, 1, 10);
  BOOST_TEST(at_ms(15) == events{});
  BOOST_TEST(at_ms(16).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_delay_of_nothing_is_sent_at_once) {
  add(7, 1, 0);
  BOOST_TEST(sink.take() == (events{{7, 1}}), boost::test_tools::per_element());
  BOOST_TEST(timers.pending() == 0U);
  BOOST_TEST(sink.batches == 1);
}

BOOST_AUTO_TEST_CASE(timers_fire_in_the_order_of_their_times) {
  add(1, 1, 300);
  add(2, 2, 100);
  add(3, 3, 200);
  add(4, 4, 100);
  BOOST_TEST(at_ms(500) == (events{{2, 2}, {4, 4}, {3, 3}, {1, 1}}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_sends_nothing_and_costs_nothing) {
  add(7, 1, 100);
  add(7, 2, 100);
  BOOST_TEST(timers.cancel(7, 1));
  BOOST_TEST(!timers.cancel(7, 1));
  BOOST_TEST(!timers.cancel(8, 2));
  BOOST_TEST(account.used_bytes() == timer_service::timer_footprint);
  BOOST_TEST(at_ms(100) == (events{{7, 2}}), boost::test_tools::per_element());
  BOOST_TEST(!timers.cancel(7, 2));
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(any_of_many_timers_can_be_cancelled) {
  for (std::int32_t i = 0; i < 1000; ++i) add(7, i, 100 + static_cast<std::uint64_t>(i % 7));
  for (std::int32_t i = 0; i < 1000; i += 2) BOOST_TEST(timers.cancel(7, i));
  for (std::int32_t i = 0; i < 1000; i += 2) BOOST_TEST(!timers.cancel(7, i));
  for (std::int32_t i = 1000; i < 1100; ++i) add(7, i, 50);  // with the index there
  BOOST_TEST(timers.cancel(7, 1050));
  BOOST_TEST(timers.pending_of(7) == 599U);
  const events fired = at_ms(1000);
  BOOST_TEST(fired.size() == 599U);
  for (const auto& e : fired) BOOST_TEST((e.session >= 1000 || e.session % 2 == 1));
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(of_two_timers_with_one_session_a_cancel_takes_one) {
  add(7, 1, 100);
  add(7, 1, 200);
  BOOST_TEST(timers.cancel(7, 1));
  BOOST_TEST(at_ms(300).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_timers_of_a_service_that_ends_are_dropped_and_no_others) {
  for (std::int32_t i = 0; i < 100; ++i) {
    add(7, i, 10, 10);
    add(8, i, 10);
  }
  BOOST_TEST(timers.cancel_all(7) == 100U);
  BOOST_TEST(timers.cancel_all(7) == 0U);
  BOOST_TEST(timers.pending_of(7) == 0U);
  BOOST_TEST(timers.pending_of(8) == 100U);
  const events fired = at_ms(10);
  BOOST_TEST(fired.size() == 100U);
  for (const auto& e : fired) BOOST_TEST(e.owner == 8U);
}

BOOST_AUTO_TEST_CASE(a_dead_receiver_loses_all_of_its_timers) {
  sink.dead.insert(7);
  add(7, 1, 10);
  add(7, 2, 5000);
  add(7, 3, 10, 10);
  add(8, 4, 5000);
  BOOST_TEST(at_ms(10) == events{});
  BOOST_TEST(timers.pending() == 1U);
  BOOST_TEST(account.used_bytes() == timer_service::timer_footprint);
}

BOOST_AUTO_TEST_CASE(a_periodic_timer_keeps_to_its_schedule_however_late_it_is_looked_at) {
  add(7, 1, 100, 50);
  BOOST_TEST(at_ms(100).size() == 1U);
  BOOST_TEST(at_ms(149).size() == 0U);
  BOOST_TEST(at_ms(173).size() == 1U);  // due at 150
  BOOST_TEST(at_ms(199).size() == 0U);
  BOOST_TEST(at_ms(200).size() == 1U);
  BOOST_TEST(timers.pending() == 1U);
}

BOOST_AUTO_TEST_CASE(missed_periods_are_left_out) {
  add(7, 1, 100, 50);
  BOOST_TEST(at_ms(1020).size() == 1U);
  BOOST_TEST(at_ms(1049).size() == 0U);
  BOOST_TEST(at_ms(1050).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_periodic_timer_of_an_immediate_start_waits_for_the_next_tick) {
  add(7, 1, 0, 10);
  BOOST_TEST(sink.take().empty());
  BOOST_TEST(at_ms(1).size() == 1U);
  BOOST_TEST(at_ms(11).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_timer_is_made_up_to_the_cap_of_the_account_and_not_beyond) {
  account.set_cap(timer_service::timer_footprint);
  add(7, 1, 100);
  BOOST_TEST(!timers.add(7, 2, 100, 0, &account));
  BOOST_TEST(account.used_bytes() == timer_service::timer_footprint);
  BOOST_TEST(timers.cancel(7, 1));
  account.set_cap(timer_service::timer_footprint - 1);
  BOOST_TEST(!timers.add(7, 3, 100, 0, &account));
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_period_without_memory_is_skipped_and_the_timer_lives_on) {
  add(7, 1, 10, 10);
  account.set_cap(0);
  BOOST_TEST(at_ms(10).size() == 1U);  // its message was there already
  BOOST_TEST(at_ms(20).size() == 0U);
  BOOST_TEST(timers.skipped() == 1U);
  account.set_cap(1 << 20);
  BOOST_TEST(at_ms(30).size() == 0U);  // makes the message for the next time
  BOOST_TEST(at_ms(40).size() == 1U);
}

BOOST_AUTO_TEST_CASE(very_long_delays_and_periods_are_kept) {
  add(7, 1, ~0ULL, ~0ULL);
  BOOST_TEST(at_ms(1ULL << 40).empty());
  BOOST_TEST(timers.pending() == 1U);
}

BOOST_AUTO_TEST_CASE(more_timers_than_one_batch_all_fire_in_one_run) {
  account.set_cap(1 << 30);
  for (std::int32_t i = 0; i < 5000; ++i) add(7, i, 10);
  const events fired = at_ms(10);
  BOOST_REQUIRE_EQUAL(fired.size(), 5000U);
  for (std::int32_t i = 0; i < 5000; ++i)
    BOOST_REQUIRE_EQUAL(fired[static_cast<std::size_t>(i)].session, i);
  BOOST_TEST(sink.batches < 10);
}

BOOST_AUTO_TEST_CASE(what_is_pending_at_the_end_is_freed) {
  {
    timer_service short_lived{sink, clock};
    BOOST_TEST(short_lived.add(1, 1, 100, 0, &account));
    BOOST_TEST(short_lived.add(1, 2, 100, 10, &account));
    BOOST_TEST(account.used_bytes() > 0U);
  }
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(timer_thread_test)

BOOST_AUTO_TEST_CASE(the_thread_wakes_for_a_timer_that_is_due_before_the_one_it_waits_for) {
  const host::monotonic_clock clock;
  recorder sink;
  timer_service timers{sink, clock};
  std::thread thread{[&] { timers.run(); }};
  BOOST_TEST(timers.add(1, 1, 3'600'000, 0, nullptr));
  const std::uint64_t before = clock.now_ns();
  BOOST_TEST(timers.add(1, 2, 3, 0, nullptr));
  sink.wait_for(1);
  BOOST_TEST(clock.now_ns() - before >= 3 * host::ns_a_ms);
  BOOST_TEST(timers.add(1, 3, 1, 0, nullptr));
  sink.wait_for(2);
  timers.stop();
  thread.join();
  BOOST_TEST(timers.pending() == 1U);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_run_ends_it_at_once) {
  const host::monotonic_clock clock;
  recorder sink;
  timer_service timers{sink, clock};
  timers.stop();
  timers.run();
}

BOOST_AUTO_TEST_CASE(adding_and_cancelling_on_many_threads_loses_no_timer) {
  const host::monotonic_clock clock;
  recorder sink;
  memory_account account{1 << 30};
  timer_service timers{sink, clock};
  std::thread thread{[&] { timers.run(); }};
  constexpr std::int32_t each = 2000;
  std::atomic<int> cancelled{0};
  std::vector<std::thread> adders;
  for (sandbox::handle owner = 1; owner <= 3; ++owner) {
    adders.emplace_back([&, owner] {
      for (std::int32_t i = 0; i < each; ++i) {
        if (!timers.add(owner, i, static_cast<std::uint64_t>(i % 17), 0, &account)) std::abort();
        if (i % 3 == 0 && timers.cancel(owner, i)) ++cancelled;
      }
    });
  }
  for (std::thread& t : adders) t.join();
  sink.wait_for(static_cast<std::size_t>(3 * each - cancelled));
  timers.stop();
  thread.join();
  const events fired = sink.take();
  BOOST_TEST(fired.size() == static_cast<std::size_t>(3 * each - cancelled));
  std::set<std::pair<sandbox::handle, std::int32_t>> once;
  for (const auto& e : fired) BOOST_TEST(once.emplace(e.owner, e.session).second);
  BOOST_TEST(timers.pending() == 0U);
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
