#include "host/bus/mailbox.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

using namespace moonward;
using host::mailbox;
using host::push_result;

namespace {

sandbox::message* numbered(std::int32_t number, sandbox::handle source = 1) {
  sandbox::message* const m = sandbox::allocate_message(0, nullptr);
  m->session = number;
  m->source = source;
  return m;
}

void put(mailbox& box, std::int32_t number) {
  BOOST_REQUIRE(box.push(numbered(number)) != push_result::closed);
}

std::int32_t take(mailbox& box) {
  sandbox::message* const m = box.pop();
  if (m == nullptr) return -1;
  const std::int32_t number = m->session;
  sandbox::release_message(m);
  return number;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mailbox_test)

BOOST_AUTO_TEST_CASE(a_new_mailbox_is_closed_and_leaves_the_message_to_its_sender) {
  mailbox box;
  sandbox::message* const m = numbered(1);
  BOOST_TEST((box.push(m) == push_result::closed));
  sandbox::release_message(m);
  BOOST_TEST(box.pop() == nullptr);
}

BOOST_AUTO_TEST_CASE(only_the_first_push_unblocks_the_reader) {
  mailbox box;
  box.open();
  BOOST_TEST((box.push(numbered(1)) == push_result::unblocked_reader));
  BOOST_TEST((box.push(numbered(2)) == push_result::queued));
  BOOST_TEST(take(box) == 1);
  BOOST_TEST((box.push(numbered(3)) == push_result::queued));
}

BOOST_AUTO_TEST_CASE(messages_come_out_in_the_order_in_which_they_went_in) {
  mailbox box;
  box.open();
  for (std::int32_t i = 0; i < 5; ++i) put(box, i);
  BOOST_TEST(take(box) == 0);
  BOOST_TEST(take(box) == 1);
  for (std::int32_t i = 5; i < 9; ++i) put(box, i);
  for (std::int32_t i = 2; i < 9; ++i) BOOST_TEST(take(box) == i);
  BOOST_TEST(take(box) == -1);
}

BOOST_AUTO_TEST_CASE(a_reader_blocks_only_when_there_is_nothing_to_read) {
  mailbox box;
  box.open();
  put(box, 1);
  put(box, 2);
  BOOST_TEST(!box.empty());
  BOOST_TEST(!box.try_block());
  BOOST_TEST(take(box) == 1);
  BOOST_TEST(!box.try_block());  // the second one is in the private batch
  BOOST_TEST(take(box) == 2);
  BOOST_TEST(box.empty());
  BOOST_TEST(box.try_block());
  BOOST_TEST((box.push(numbered(3)) == push_result::unblocked_reader));
}

BOOST_AUTO_TEST_CASE(close_returns_everything_that_is_left_oldest_first) {
  mailbox box;
  box.open();
  for (std::int32_t i = 0; i < 3; ++i) put(box, i);
  BOOST_TEST(take(box) == 0);
  for (std::int32_t i = 3; i < 6; ++i) put(box, i);
  sandbox::message* const rest = box.close();
  std::int32_t expected = 1;
  for (const sandbox::message* m = rest; m != nullptr; m = m->next)
    BOOST_TEST(m->session == expected++);
  BOOST_TEST(expected == 6);
  sandbox::release_chain(rest);
  sandbox::message* const late = numbered(7);
  BOOST_TEST((box.push(late) == push_result::closed));
  sandbox::release_message(late);
  BOOST_TEST(!box.try_block());
  BOOST_TEST(box.close() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_reopened_mailbox_starts_with_a_blocked_reader) {
  mailbox box;
  box.open();
  put(box, 1);
  sandbox::release_chain(box.close());
  box.reopen();
  BOOST_TEST(box.empty());
  BOOST_TEST((box.push(numbered(2)) == push_result::unblocked_reader));
  BOOST_TEST(take(box) == 2);
}

BOOST_AUTO_TEST_CASE(the_last_message_within_the_limit_is_taken_and_the_next_is_not) {
  mailbox box;
  for (int i = 0; i < 3; ++i) BOOST_TEST(box.reserve(10, 3, 1000));
  BOOST_TEST(!box.reserve(10, 3, 1000));
  BOOST_TEST(box.outstanding_messages() == 3U);
  BOOST_TEST(box.outstanding_bytes() == 30U);
}

BOOST_AUTO_TEST_CASE(bytes_up_to_the_limit_are_taken_and_one_more_is_not) {
  mailbox box;
  BOOST_TEST(box.reserve(60, 10, 100));
  BOOST_TEST(!box.reserve(41, 10, 100));
  BOOST_TEST(box.reserve(40, 10, 100));
  BOOST_TEST(!box.reserve(1, 10, 100));
  BOOST_TEST(box.outstanding_bytes() == 100U);
  BOOST_TEST(box.outstanding_messages() == 2U);
}

BOOST_AUTO_TEST_CASE(replies_and_events_have_room_beyond_the_limit) {
  mailbox box;
  BOOST_TEST(box.reserve(100, 1, 100));
  box.reserve_always(50);
  BOOST_TEST(box.outstanding_messages() == 2U);
  BOOST_TEST(box.outstanding_bytes() == 150U);
  BOOST_TEST(!box.reserve(1, 1, 100));
  box.settle(2, 150);
  BOOST_TEST(box.outstanding_messages() == 0U);
  BOOST_TEST(box.outstanding_bytes() == 0U);
  BOOST_TEST(box.reserve(100, 1, 100));
}

BOOST_AUTO_TEST_CASE(reservations_outlive_a_close_until_they_are_settled) {
  mailbox box;
  box.open();
  BOOST_TEST(box.reserve(10, 5, 100));
  BOOST_TEST(box.close() == nullptr);
  box.reopen();
  BOOST_TEST(box.outstanding_messages() == 1U);
  box.settle(1, 10);
  BOOST_TEST(box.outstanding_messages() == 0U);
}

// Whoever unblocks the reader becomes the reader: the service wanders from thread to thread, and
// its plain variables with it.
BOOST_AUTO_TEST_CASE(nothing_is_lost_doubled_or_reordered_among_many_senders) {
  constexpr std::size_t senders = 4;
  constexpr std::int32_t each = 50'000;
  mailbox box;
  box.open();
  std::array<std::int32_t, senders> next{};  // the reader's, whichever thread that is
  std::uint64_t read = 0;
  std::uint64_t out_of_order = 0;

  const auto read_all = [&] {
    do {
      while (sandbox::message* m = box.pop()) {
        if (m->session != next[m->source]++) ++out_of_order;
        ++read;
        box.settle(1, m->footprint());
        sandbox::release_message(m);
      }
    } while (!box.try_block());
  };
  std::vector<std::thread> threads;
  for (std::size_t s = 0; s < senders; ++s) {
    threads.emplace_back([&, s] {
      for (std::int32_t i = 0; i < each;) {
        sandbox::message* const m = numbered(i, s);
        if (!box.reserve(m->footprint(), 1000, 1'000'000)) {
          sandbox::release_message(m);
          std::this_thread::yield();
          continue;
        }
        ++i;
        if (box.push(m) == push_result::unblocked_reader) read_all();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  BOOST_TEST(out_of_order == 0U);
  BOOST_TEST(read == senders * static_cast<std::uint64_t>(each));
  BOOST_TEST(box.outstanding_messages() == 0U);
  BOOST_TEST(box.outstanding_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_close_among_pushes_leaves_each_message_with_exactly_one_owner) {
  constexpr int rounds = 200;
  constexpr std::int32_t each = 100;
  for (int round = 0; round < rounds; ++round) {
    mailbox box;
    box.open();
    std::atomic<int> refused{0};
    std::atomic<int> ready{0};
    const auto send = [&](sandbox::handle source) {
      ++ready;
      while (ready != 3) std::this_thread::yield();
      for (std::int32_t i = 0; i < each; ++i) {
        sandbox::message* const m = numbered(i, source);
        if (box.push(m) != push_result::closed) continue;
        ++refused;
        sandbox::release_message(m);
      }
    };
    std::thread first{send, 1};
    std::thread second{send, 2};
    ++ready;
    while (ready != 3) std::this_thread::yield();
    int got = 0;
    for (int i = 0; i < round; ++i) {
      if (sandbox::message* m = box.pop()) {
        ++got;
        sandbox::release_message(m);
      }
    }
    for (sandbox::message* m = box.close(); m != nullptr;) {
      sandbox::message* const next = m->next;
      ++got;
      sandbox::release_message(m);
      m = next;
    }
    first.join();
    second.join();
    BOOST_REQUIRE_EQUAL(got + refused, 2 * each);
  }
}

BOOST_AUTO_TEST_SUITE_END()
