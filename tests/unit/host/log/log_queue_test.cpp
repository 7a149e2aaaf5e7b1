#include "host/log/log_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace moonward;
using namespace moonward::host;

namespace {

class hand_clock final : public host::clock {
 public:
  [[nodiscard]] std::uint64_t now_ns() const noexcept override { return now_ns_; }
  std::uint64_t now_ns_ = 0;
};

struct fixture {
  hand_clock clock;
  log_queue queue{clock};
  log_source source;

  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (log_record* r = queue.take_all(); r != nullptr;) {
      log_record* const next = r->next;
      all.emplace_back(r->text());
      queue.release(r);
      r = next;
    }
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_queue_test, fixture)

BOOST_AUTO_TEST_CASE(lines_come_out_in_the_order_in_which_they_went_in) {
  source.tenant = "acme";
  source.name = "chat";
  source.service = 5;
  BOOST_TEST(queue.push(source, log_level::info, "one"));
  BOOST_TEST(queue.push_host(log_level::error, "two"));
  BOOST_TEST(queue.push(source, log_level::print, ""));
  log_record* const first = queue.take_all();
  BOOST_REQUIRE(first != nullptr);
  BOOST_TEST(first->tenant() == "acme");
  BOOST_TEST(first->name() == "chat");
  BOOST_TEST(first->service == 5U);
  BOOST_TEST(first->text() == "one");
  log_record* const second = first->next;
  BOOST_TEST(second->tenant().empty());
  BOOST_TEST(second->text() == "two");
  BOOST_TEST((second->level == log_level::error));
  log_record* const third = second->next;
  BOOST_TEST(third->text().empty());
  BOOST_TEST(third->next == nullptr);
  for (log_record* r : {first, second, third}) queue.release(r);
  BOOST_TEST(queue.bytes() == 0U);
  BOOST_TEST(queue.take_all() == nullptr);
}

BOOST_AUTO_TEST_CASE(lines_beyond_the_rate_are_dropped_and_told_with_the_next_one) {
  source.rate.set_rate(10);
  for (int i = 0; i < 15; ++i) BOOST_TEST(queue.push(source, log_level::info, "x") == (i < 10));
  BOOST_TEST(texts().size() == 10U);
  BOOST_TEST(source.dropped == 5U);
  clock.now_ns_ = ns_a_second;
  BOOST_TEST(queue.push(source, log_level::info, "y"));
  log_record* const r = queue.take_all();
  BOOST_TEST(r->dropped == 5U);
  queue.release(r);
  BOOST_TEST(source.dropped == 0U);
  BOOST_TEST(queue.take_lost() == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_and_counts_and_takes_again_when_it_is_read) {
  log_queue small{clock, 3 * (sizeof(log_record) + 4)};
  for (int i = 0; i < 5; ++i) BOOST_TEST(small.push(source, log_level::info, "1234") == (i < 3));
  BOOST_TEST(!small.push_host(log_level::info, "1234"));
  BOOST_TEST(small.take_lost() == 3U);
  BOOST_TEST(small.take_lost() == 0U);
  BOOST_TEST(source.dropped == 2U);
  for (log_record* r = small.take_all(); r != nullptr;) {
    log_record* const next = r->next;
    small.release(r);
    r = next;
  }
  BOOST_TEST(small.push(source, log_level::info, "1234"));
}

BOOST_AUTO_TEST_CASE(waiting_lines_are_charged_to_the_tenant_until_they_are_written) {
  sandbox::memory_account account{sizeof(log_record) + 10};
  source.account = &account;
  BOOST_TEST(!queue.push(source, log_level::info, "12345678901"));
  BOOST_TEST(queue.bytes() == 0U);
  BOOST_TEST(queue.push(source, log_level::info, "1234567890"));
  BOOST_TEST(account.used_bytes() == sizeof(log_record) + 10);
  BOOST_TEST(!queue.push(source, log_level::info, ""));
  BOOST_TEST(texts().size() == 1U);
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_text_is_cut_between_characters) {
  source.line_bytes = 6;
  (void)queue.push(source, log_level::info, "abcd\xe6\x9c\x88");
  (void)queue.push(source, log_level::info, "abcde\xc3\xbc");
  (void)queue.push(source, log_level::info, "abcd\xc3\xbcx");
  (void)queue.push(source, log_level::info, "\x80\x80\x80\x80\x80\x80\x80\x80");
  const std::vector<std::string> got = texts();
  BOOST_TEST(got[0] == "abcd");
  BOOST_TEST(got[1] == "abcde");
  BOOST_TEST(got[2] == "abcd\xc3\xbc");
  BOOST_TEST(got[3].size() >= 3U);  // no UTF-8 at all: cut somewhere near
}

BOOST_AUTO_TEST_CASE(a_wake_is_not_lost_when_nobody_waits_yet) {
  queue.wake();
  queue.wait();
  (void)queue.push(source, log_level::info, "x");
  queue.wait();
  BOOST_TEST(texts().size() == 1U);
}

BOOST_AUTO_TEST_CASE(lines_that_nobody_read_are_freed_with_the_queue) {
  sandbox::memory_account account{1 << 20};
  source.account = &account;
  {
    log_queue short_lived{clock};
    (void)short_lived.push(source, log_level::info, "x");
    BOOST_TEST(account.used_bytes() > 0U);
  }
  BOOST_TEST(account.used_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_all_arrive_in_order_and_wake_the_reader) {
  constexpr std::size_t writers = 4;
  constexpr std::uint64_t each = 20'000;
  std::array<std::uint64_t, writers> next{};
  std::uint64_t out_of_order = 0;
  std::uint64_t read = 0;
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      log_source own;
      own.service = w;
      for (std::uint64_t i = 0; i < each; ++i)
        while (!queue.push(own, log_level::info, std::to_string(i))) std::this_thread::yield();
    });
  }
  while (read < writers * each) {
    queue.wait();
    for (log_record* r = queue.take_all(); r != nullptr;) {
      log_record* const following = r->next;
      if (std::stoull(std::string{r->text()}) != next[r->service]++) ++out_of_order;
      ++read;
      queue.release(r);
      r = following;
    }
  }
  for (std::thread& t : threads) t.join();
  BOOST_TEST(out_of_order == 0U);
  BOOST_TEST(queue.bytes() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
