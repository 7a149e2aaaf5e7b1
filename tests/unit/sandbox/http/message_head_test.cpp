#include "sandbox/http/message_head.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace moonward::sandbox::http {

namespace {

constexpr std::string_view host_line = "Host: a\r\n";

refusal parse_fields(std::string_view fields, message_head& head) {
  static std::string text;  // the head's views point into it
  text = "POST /x HTTP/1.1\r\n" + std::string{host_line} + std::string{fields} + "\r\n";
  return parse_request(text, head);
}

refusal request(std::string_view text) {
  message_head head;
  return parse_request(text, head);
}

refusal fields(std::string_view text) {
  message_head head;
  return parse_fields(text, head);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message_head_suite)

BOOST_AUTO_TEST_CASE(a_request_is_read) {
  const std::string text =
      "GET /a%20b?c=d HTTP/1.1\r\nHost: example.org\r\nX-Empty:\r\nX-Spaces: \t one two \t\r\n\r\n";
  message_head head;
  BOOST_REQUIRE(parse_request(text, head) == refusal::none);
  BOOST_TEST(head.method == "GET");
  BOOST_TEST(head.target == "/a%20b?c=d");
  BOOST_TEST(head.version == 11);
  BOOST_TEST((head.framing == body_framing::none));
  BOOST_REQUIRE(head.field_count == 3U);
  BOOST_TEST(head.fields[0].name == "Host");
  BOOST_TEST(head.fields[0].value == "example.org");
  BOOST_TEST(head.fields[1].value == "");
  BOOST_TEST(head.fields[2].value == "one two");
}

BOOST_AUTO_TEST_CASE(framing_is_told) {
  message_head head;
  BOOST_REQUIRE(parse_fields("Content-Length: 12\r\n", head) == refusal::none);
  BOOST_TEST((head.framing == body_framing::length));
  BOOST_TEST(head.body_bytes == 12U);
  message_head chunked;
  BOOST_REQUIRE(parse_fields("Transfer-Encoding: Chunked\r\n", chunked) == refusal::none);
  BOOST_TEST((chunked.framing == body_framing::chunked));
  message_head expecting;
  BOOST_REQUIRE(parse_fields("Expect: 100-Continue\r\n", expecting) == refusal::none);
  BOOST_TEST(expecting.expects_continue);
}

BOOST_AUTO_TEST_CASE(lengths_that_two_readers_read_differently_are_refused) {
  for (const std::string_view text :
       {"Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 1\r\nContent-Length: 1\r\n",
        "Content-Length: 1, 1\r\n", "Content-Length: +1\r\n", "Content-Length: -1\r\n",
        "Content-Length: 0x1\r\n", "Content-Length: 1 1\r\n", "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity\r\nContent-Length: 1\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"})
    BOOST_TEST((fields(text) == refusal::bad_request), text);
  for (const std::string_view text :
       {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n"})
    BOOST_TEST((fields(text) == refusal::not_implemented), text);
  BOOST_TEST(
      (request("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == refusal::bad_request));
}

BOOST_AUTO_TEST_CASE(malformed_fields_are_refused) {
  for (const std::string_view text :
       {"A : b\r\n", " A: b\r\n", "A: b\r\n c\r\n", "A:\r\n c\r\n", "A: b\r\n\tc\r\n",
        "A: b\r\n \r\n", "A\r\n", ": b\r\n", "A: b\nC: d\r\n", "A: b\rC: d\r\n", "A\t: b\r\n",
        "A(: b\r\n", "A: \x01\r\n", "A: \x7F\r\n", "Host: b\r\n"})
    BOOST_TEST((fields(text) == refusal::bad_request), text);
  BOOST_TEST((fields(std::string_view{"A: b\0c\r\n", 8}) == refusal::bad_request));
  BOOST_TEST((fields(std::string_view{"A\0: b\r\n", 7}) == refusal::bad_request));
}

BOOST_AUTO_TEST_CASE(malformed_start_lines_are_refused) {
  for (const std::string_view line :
       {"GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / x HTTP/1.1", " GET / HTTP/1.1",
        "GET /\tHTTP/1.1", "G(T / HTTP/1.1", "GET /\x7F HTTP/1.1", "GET / http/1.1",
        "GET / HTTP/11", "GET / HTTP/1.", "GET HTTP/1.1", ""})
    BOOST_TEST((request(std::string{line} + "\r\nHost: a\r\n\r\n") == refusal::bad_request), line);
  for (const std::string_view version : {"0.9", "1.2", "2.0", "9.9"})
    BOOST_TEST((request("GET / HTTP/" + std::string{version} + "\r\n\r\n") ==
                refusal::version_not_supported),
               version);
}

BOOST_AUTO_TEST_CASE(what_is_behind_the_head_is_not_the_heads) {
  BOOST_TEST((request("GET / HTTP/1.1\r\n\r\n") == refusal::none));
  BOOST_TEST((request("GET / HTTP/1.1\r\n") == refusal::bad_request));
  BOOST_TEST((request("GET / HTTP/1.1\r\n\r\nGET") == refusal::bad_request));
}

BOOST_AUTO_TEST_CASE(fields_are_counted) {
  std::string some;
  for (std::size_t i = 1; i < most_fields; ++i) some += "a: b\r\n";
  BOOST_TEST((fields(some) == refusal::none));
  BOOST_TEST((fields(some + "a: b\r\n") == refusal::too_large));
}

BOOST_AUTO_TEST_CASE(a_response_is_read) {
  message_head head;
  BOOST_REQUIRE(parse_response("HTTP/1.1 404 Not Here\r\nA: b\r\n\r\n", head) == refusal::none);
  BOOST_TEST(head.status == 404U);
  BOOST_TEST((head.framing == body_framing::until_end));
  for (const std::string_view line :
       {"HTTP/1.1 204 No Content", "HTTP/1.1 304 x", "HTTP/1.1 101 "}) {
    message_head bodyless;
    BOOST_REQUIRE(parse_response(std::string{line} + "\r\nContent-Length: 4\r\n\r\n", bodyless) ==
                  refusal::none);
    BOOST_TEST((bodyless.framing == body_framing::none), line);
  }
  for (const std::string_view line :
       {"HTTP/1.1 20 x", "HTTP/1.1 099 x", "HTTP/1.1 abc x", "FTP/1.1 200 x", "200 OK"}) {
    message_head bad;
    BOOST_TEST((parse_response(std::string{line} + "\r\n\r\n", bad) != refusal::none), line);
  }
}

BOOST_AUTO_TEST_CASE(what_may_be_written_is_checked) {
  BOOST_TEST(is_token("X-A_b.1~"));
  for (const std::string_view bad : {"", "a b", "a:", "a\r", "\xC3\xA4", "a\"b"})
    BOOST_TEST(!is_token(bad));
  BOOST_TEST(is_field_value("a\tb \xC3\xA4"));
  BOOST_TEST(is_field_value(""));
  for (const std::string_view bad : {"a\rb", "a\nb", "\x7F", "\x1B"})
    BOOST_TEST(!is_field_value(bad));
  BOOST_TEST(!is_field_value(std::string_view{"a\0b", 3}));
  BOOST_TEST(reason_of(404) == "Not Found");
  BOOST_TEST(reason_of(799) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::sandbox::http
