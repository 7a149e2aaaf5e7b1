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
