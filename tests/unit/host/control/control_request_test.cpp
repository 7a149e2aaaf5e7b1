#include "host/control/control_request.hpp"

#include <boost/test/unit_test.hpp>

using namespace moonward::host;

BOOST_AUTO_TEST_SUITE(control_requests)

BOOST_AUTO_TEST_CASE(a_request_comes_back_as_it_was_written) {
  for (const std::string_view name : control_command_names()) {
    const auto read = read_request(R"({"command":")" + std::string{name} + R"("})");
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(to_string(read->command) == name);
  }
  const control_request request{control_command::log, "acme/chat", "memory=1MiB", 12, true};
  const auto read = read_request(request_line(request));
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST((*read == request));
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_refused_with_the_reason) {
  const auto refusal = [](std::string_view line) {
    const auto read = read_request(line);
    BOOST_TEST_REQUIRE(read.has_error());
    return read.error().text;
  };
  BOOST_TEST(refusal("") == "the request is not a JSON object on one line");
  BOOST_TEST(refusal("list") == "the request is not a JSON object on one line");
  BOOST_TEST(refusal("[]") == "the request is not a JSON object on one line");
  BOOST_TEST(refusal(R"({"command":"list"} x)") == "the request is not a JSON object on one line");
  BOOST_TEST(refusal("{}") ==
             "the request has no \"command\"; known are list, stat, info, snapshot, kill, log, "
             "quota, reload, stop");
  BOOST_TEST(refusal(R"({"command":"lst"})") ==
             "unknown command \"lst\"; known are list, stat, info, snapshot, kill, log, quota, "
             "reload, stop");
  BOOST_TEST(refusal(R"({"command":1})") == "\"command\" is no string");
  BOOST_TEST(refusal(R"({"command":"log","lines":-1})") ==
             "\"lines\" is no number from 0 to 100000");
  BOOST_TEST(refusal(R"({"command":"log","lines":1e9})") ==
             "\"lines\" is no number from 0 to 100000");
  BOOST_TEST(refusal(R"({"command":"log","follow":1})") == "\"follow\" is neither true nor false");
  BOOST_TEST(refusal(R"({"command":"log","tail":1})") ==
             "unknown member \"tail\"; known are command, what, assignment, lines and follow");
  BOOST_TEST(refusal(std::string(max_request_bytes + 1, ' ')) ==
             "the request has 4097 bytes; at most 4096");
  BOOST_TEST(refusal(R"({"command":"kill","what":")" + std::string(1025, 'a') + "\"}") ==
             "\"what\" has 1025 bytes; at most 1024");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_not_followed) {
  BOOST_TEST(read_request(std::string(4000, '[')).has_error());
  BOOST_TEST(read_request(R"({"command":)" + std::string(2000, '[') + std::string(2000, ']') + "}")
                 .has_error());
}

BOOST_AUTO_TEST_CASE(answers_carry_a_result_or_an_error) {
  const auto good = read_answer(ok_line(json::array{1, 2}));
  BOOST_TEST_REQUIRE(good.has_value());
  BOOST_TEST((*good == json::array{1, 2}));
  const auto bad = read_answer(error_line("no such thing"));
  BOOST_TEST_REQUIRE(bad.has_error());
  BOOST_TEST(bad.error().text == "no such thing");
  BOOST_TEST(read_answer("HTTP/1.1 400 Bad Request").has_error());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_become_text) {
  BOOST_TEST((json_text("a\xFFz") == "a\xEF\xBF\xBDz"));
  BOOST_TEST((json_text("\xC3\xA9") == "\xC3\xA9"));
  BOOST_TEST((json_text("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
  BOOST_TEST(read_answer(error_line(std::string("\x00\x1B\x80", 3))).has_error());
}

BOOST_AUTO_TEST_SUITE_END()
