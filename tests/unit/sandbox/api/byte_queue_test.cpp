#include "sandbox/api/byte_queue.hpp"

#include "sandbox/memory/account.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

namespace moonward::sandbox {

namespace {

constexpr std::string_view header = "head";

struct queue_fixture {
  void append(std::string_view bytes) {
    message* m = make_message(std::string{header} + std::string{bytes}, &account);
    BOOST_REQUIRE(m != nullptr);
    queue.append(m, static_cast<std::uint32_t>(header.size()));
  }
  std::string take(std::size_t bytes) {
    std::string all(bytes, '\0');
    queue.copy(all.data(), bytes);
    queue.drop(bytes);
    return all;
  }

  memory_account account{1 << 20};
  byte_queue queue;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(byte_queue_suite, queue_fixture)

BOOST_AUTO_TEST_CASE(bytes_come_in_order_without_headers) {
  append("one");
  append("");
  append("two");
  BOOST_TEST(queue.size() == 6);
  BOOST_TEST(queue.front() == "one");
  BOOST_TEST(take(4) == "onet");
  BOOST_TEST(queue.front() == "wo");
  BOOST_TEST(take(2) == "wo");
  BOOST_TEST(queue.empty());
  BOOST_TEST(queue.front().empty());
  append("three");
  BOOST_TEST(take(5) == "three");
}

BOOST_AUTO_TEST_CASE(what_is_read_is_no_longer_charged) {
  append("one");
  append("two");
  const std::uint64_t both = account.used_bytes();
  queue.drop(3);
  BOOST_TEST(account.used_bytes() == both / 2);
  queue.drop(1000);
  BOOST_TEST(account.used_bytes() == 0);
}

BOOST_AUTO_TEST_CASE(single_bytes_do_not_cost_a_message_each) {
  append(std::string(1000, 'a'));
  queue.drop(1);
  std::string model(999, 'a');
  for (int i = 0; i < 10'000; ++i) {
    model.push_back(static_cast<char>('a' + i % 26));
    append(std::string_view{model}.substr(model.size() - 1));
  }
  BOOST_TEST(account.used_bytes() < 4 * model.size());
  BOOST_TEST(take(500) == model.substr(0, 500));
  BOOST_TEST(take(model.size() - 500) == model.substr(500));
  BOOST_TEST(account.used_bytes() == 0);
}

BOOST_AUTO_TEST_CASE(runs_are_not_joined_when_memory_is_full) {
  for (int i = 0; i < 63; ++i) append("a");
  account.set_cap(account.used_bytes() + sizeof(message) + header.size() + 1);
  append("b");
  BOOST_TEST(queue.size() == 64);
  account.set_cap(1 << 20);
  for (int i = 0; i < 200; ++i) append("c");
  std::string expected(64, 'a');
  expected.back() = 'b';
  expected.append(200, 'c');
  BOOST_TEST(take(264) == expected);
  BOOST_TEST(account.used_bytes() == 0);
}

BOOST_AUTO_TEST_CASE(separators_are_found_across_messages) {
  append("line\r");
  BOOST_TEST(queue.find("\r\n") == byte_queue::npos);
  append("\nnext\r\n");
  BOOST_TEST(queue.find("\r\n") == 4);
  BOOST_TEST(queue.find("\n") == 5);
  queue.drop(6);
  BOOST_TEST(queue.find("\r\n") == 4);
  queue.drop(6);
  BOOST_TEST(queue.find("\r\n") == byte_queue::npos);
  append("aab");
  BOOST_TEST(queue.find("ab") == 1);
  BOOST_TEST(queue.find("aabb") == byte_queue::npos);
}

BOOST_AUTO_TEST_CASE(finding_agrees_with_a_plain_string) {
  std::mt19937 random{7};
  std::string model;
  for (int step = 0; step < 20'000; ++step) {
    switch (random() % 4) {
      case 0:
      case 1: {
        std::string part(random() % 5, 'a');
        for (char& c : part) c = static_cast<char>('a' + random() % 3);
        append(part);
        model += part;
        break;
      }
      case 2: {
        std::string wanted(1 + random() % 3, 'a');
        for (char& c : wanted) c = static_cast<char>('a' + random() % 3);
        BOOST_REQUIRE(queue.find(wanted) == model.find(wanted));
        break;
      }
      default: {
        const std::size_t bytes = std::min<std::size_t>(random() % 6, model.size());
        BOOST_REQUIRE(take(bytes) == model.substr(0, bytes));
        model.erase(0, bytes);
      }
    }
    BOOST_REQUIRE(queue.size() == model.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::sandbox
