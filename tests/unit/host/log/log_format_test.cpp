#include "host/log/log_format.hpp"

#include "host/log/log_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace moonward::host;
using namespace std::string_view_literals;

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text, "  ");
  return out;
}

// A record made the way all are: through a queue.
struct fixture {
  monotonic_clock clock;
  log_queue queue{clock};
  log_source chat;

  fixture() {
    chat.tenant = "acme";
    chat.name = "chat";
    chat.service = 0x12;
  }
  // The line of the text, without the time of now.
  std::string line(log_source& source, log_level level, std::string_view text,
                   log_colours colours = log_colours::off) {
    BOOST_REQUIRE(queue.push(source, level, text));
    log_record* const r = queue.take_all();
    r->time_ns = 1'795'292'103'123'456'789ULL;
    std::string out;
    append_line(out, *r, colours);
    queue.release(r);
    return out;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_format_test, fixture)

BOOST_AUTO_TEST_CASE(a_line_tells_time_tenant_service_handle_level_and_text) {
  BOOST_TEST(line(chat, log_level::info, "hello") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 info  hello\n");
  BOOST_TEST(line(chat, log_level::warning, "hello") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 warn  hello\n");
  BOOST_TEST(line(chat, log_level::error, "hello") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 error hello\n");
  BOOST_TEST(line(chat, log_level::print, "hello") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 print hello\n");
}

BOOST_AUTO_TEST_CASE(a_line_of_the_host_has_no_handle) {
  log_source host;
  BOOST_TEST(line(host, log_level::info, "x") == "2026-11-21T20:15:03.123Z host info  x\n");
}

BOOST_AUTO_TEST_CASE(times_are_utc_to_the_millisecond) {
  std::string out;
  append_time(out, 0);
  BOOST_TEST(out == "1970-01-01T00:00:00.000Z");
  out.clear();
  append_time(out, 951'782'400'999'999'999ULL);
  BOOST_TEST(out == "2000-02-29T00:00:00.999Z");
}

BOOST_AUTO_TEST_CASE(control_characters_are_shown_and_not_obeyed) {
  BOOST_TEST(escaped("\x1b[2Jx") == "\\x1B[2Jx");
  BOOST_TEST(escaped("a\0b\r\a\x7f"sv) == "a\\x00b\\x0D\\x07\\x7F");
  BOOST_TEST(escaped("a\tb") == "a\tb");
}

BOOST_AUTO_TEST_CASE(text_in_utf_8_stays_and_its_control_characters_do_not) {
  BOOST_TEST(escaped("gr\xc3\xbc\xc3\x9f \xe6\x9c\x88 \xf0\x9f\x8c\x99") ==
             "gr\xc3\xbc\xc3\x9f \xe6\x9c\x88 \xf0\x9f\x8c\x99");
  BOOST_TEST(escaped("\xc2\x9b[2J") == "\\xC2\\x9B[2J");     // the other CSI
  BOOST_TEST(escaped("\xe2\x80\xae") == "\\xE2\\x80\\xAE");  // writes from right to left
  BOOST_TEST(escaped("\xe2\x80\xa8") == "\\xE2\\x80\\xA8");  // line separator
  BOOST_TEST(escaped("\xe2\x81\xa6") == "\\xE2\\x81\\xA6");
}

BOOST_AUTO_TEST_CASE(what_is_no_utf_8_is_shown_byte_by_byte) {
  BOOST_TEST(escaped("\x9b\xff") == "\\x9B\\xFF");
  BOOST_TEST(escaped("\xc3") == "\\xC3");
  BOOST_TEST(escaped("\xc0\x9b") == "\\xC0\\x9B");           // overlong
  BOOST_TEST(escaped("\xe0\x82\x9b") == "\\xE0\\x82\\x9B");  // overlong
  BOOST_TEST(escaped("\xed\xa0\x80") == "\\xED\\xA0\\x80");  // half of a surrogate pair
  BOOST_TEST(escaped("\xf5\x80\x80\x80") == "\\xF5\\x80\\x80\\x80");
  BOOST_TEST(escaped("\xe6\x9cx") == "\\xE6\\x9Cx");
}

BOOST_AUTO_TEST_CASE(a_newline_continues_the_line_with_an_indent) {
  BOOST_TEST(line(chat, log_level::error, "first\nsecond\n") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 error first\n    second\n");
}

BOOST_AUTO_TEST_CASE(names_cannot_fake_a_line) {
  chat.name = "x\n2026";
  BOOST_TEST(line(chat, log_level::info, "y") ==
             "2026-11-21T20:15:03.123Z acme/x\\x0A2026 :00000012 info  y\n");
}

BOOST_AUTO_TEST_CASE(a_cut_text_says_so) {
  chat.line_bytes = 5;
  BOOST_TEST(line(chat, log_level::info, "12345") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 info  12345\n");
  BOOST_TEST(line(chat, log_level::info, "123456") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 info  12345 [cut]\n");
}

BOOST_AUTO_TEST_CASE(lines_dropped_before_are_told_in_a_line_of_their_own) {
  chat.dropped = 7;
  BOOST_TEST(line(chat, log_level::info, "on") ==
             "2026-11-21T20:15:03.123Z acme/chat :00000012 warn  7 lines of this service dropped\n"
             "2026-11-21T20:15:03.123Z acme/chat :00000012 info  on\n");
  BOOST_TEST(chat.dropped == 0U);
}

BOOST_AUTO_TEST_CASE(colours_mark_time_and_level) {
  BOOST_TEST(line(chat, log_level::error, "x", log_colours::on) ==
             "\x1b[2m2026-11-21T20:15:03.123Z\x1b[0m acme/chat :00000012 "
             "\x1b[31merror \x1b[0mx\n");
}

BOOST_AUTO_TEST_SUITE_END()
