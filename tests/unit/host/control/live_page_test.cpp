#include "host/control/live_page.hpp"

#include "host/control/quantity.hpp"
#include "host/control/run_summary.hpp"
#include "host/control/status_json.hpp"
#include "host/control/text_table.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace moonward::host;

namespace {

snapshot example(std::uint64_t seconds) {
  snapshot now;
  now.time_ns = seconds * 1'000'000'000;
  now.host.uptime_ms = seconds * 1000;
  now.host.lua = "5.4.9";
  tenant_status good;
  good.name = "clock";
  good.memory_bytes = 3 << 20;
  good.memory_cap_bytes = 64 << 20;
  good.cpu_ns = seconds * 250'000'000;
  good.cpu_cores = 1;
  good.messages = seconds * 12'000;
  tenant_status bad = good;
  bad.name = std::string(60, 'm') + "\x1b[2J";
  bad.verdicts[3] = 12;
  bad.verdicts[6] = 1;
  bad.verdicts[1] = 5;
  now.tenants = {good, bad};
  now.probes = {{"tcp 127.0.0.1:8001", 20, 19, 1, 120'000, 900'000, 1'200'000, "refused"}};
  now.ends = {{seconds, 9, "mallory", "endless_loop", "cpu_per_turn: 100 ms of 100ms"}};
  now.said = {{"clock", "main", "tick\x1b[31m" + std::string(200, 'x')}};
  return now;
}

bool has_line(const std::vector<std::string>& lines, std::string_view text) {
  for (const std::string& line : lines)
    if (line.find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(live_pages)

BOOST_AUTO_TEST_CASE(no_line_is_too_wide_or_moves_the_cursor) {
  std::vector<std::string> all = live_page("etc/x.toml", example(1), example(2), page_colours::off);
  const std::vector<std::string> plain = live_lines(example(1), example(2));
  all.insert(all.end(), plain.begin(), plain.end());
  for (const std::string& line : all) {
    BOOST_TEST(display_width(line) <= 100U, line);
    for (const char character : line) BOOST_TEST(static_cast<unsigned char>(character) >= 0x20);
  }
}

BOOST_AUTO_TEST_CASE(rates_are_those_between_the_two) {
  const auto page = live_page("x", example(1), example(3), page_colours::off);
  BOOST_TEST(has_line(page, "25.0"));
  BOOST_TEST(has_line(page, "12.0k"));
  BOOST_TEST(has_line(page, "cpu_per_turn 12, memory 1"));
  BOOST_TEST(has_line(page, "mallory/endless_loop  cpu_per_turn: 100 ms of 100ms"));
  BOOST_TEST(has_line(page, "clock/main: tick"));
}

BOOST_AUTO_TEST_CASE(plain_lines_tell_of_an_end_once) {
  BOOST_TEST(has_line(live_lines(example(1), example(2)), "stopped mallory/endless_loop"));
  BOOST_TEST(!has_line(live_lines(example(2), example(2)), "stopped mallory/endless_loop"));
}

BOOST_AUTO_TEST_CASE(the_summary_tells_what_was_lost) {
  snapshot last = example(15);
  BOOST_TEST(run_summary(last).find("1 of 20 requests were lost") != std::string::npos);
  last.probes.front().lost = 0;
  last.probes.front().answered = 20;
  BOOST_TEST(run_summary(last).find("nothing was lost: 20 requests, 20 answers") !=
             std::string::npos);
  last.probes.push_back({"http 127.0.0.1:1", 0, 0, 0, 0, 0, 0, "Connection refused"});
  BOOST_TEST(run_summary(last).find("http 127.0.0.1:1 never answered: Connection refused") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_snapshot_comes_back_from_json) {
  const snapshot before = example(4);
  const snapshot after = snapshot_from(to_json(before));
  BOOST_TEST(json::serialize(to_json(after)) == json::serialize(to_json(before)));
  service_status service;
  service.id = 0x1234567890abULL;
  service.tenant = "a";
  service.state = service_state::quarantined;
  service.last_end = {moonward::sandbox::verdict_reason::memory, 10, 11, "x.lua:1", "trace"};
  BOOST_TEST(json::serialize(to_json(service_status_from(to_json(service)))) ==
             json::serialize(to_json(service)));
}

BOOST_AUTO_TEST_CASE(quantities_have_three_digits_and_a_unit) {
  BOOST_TEST(show_bytes(0) == "0 B");
  BOOST_TEST(show_bytes(1023) == "1023 B");
  BOOST_TEST(show_bytes(1536) == "1.50 KiB");
  BOOST_TEST(show_bytes(64ULL << 20) == "64.0 MiB");
  BOOST_TEST(show_time(999) == "999 ns");
  BOOST_TEST(show_time(1'003'000'000) == "1.00 s");
  BOOST_TEST(show_time(12'345'678) == "12.3 ms");
  BOOST_TEST(show_time(200'000'000'000) == "3 min 20 s");
  BOOST_TEST(show_time(7'500'000'000'000) == "2 h 5 min");
  BOOST_TEST(show_count(9'999) == "9999");
  BOOST_TEST(show_count(12'345) == "12.3k");
  BOOST_TEST(show_count(1'200'000) == "1.20M");
}

BOOST_AUTO_TEST_CASE(a_table_cuts_the_column_that_may_be_cut) {
  text_table table{{{"name", text_table::align::left, true}, {"n", text_table::align::right}}};
  table.add({std::string(200, 'x'), "12345"});
  table.add({"short", "1"});
  const auto lines = table.lines();
  BOOST_TEST_REQUIRE(lines.size() == 3U);
  BOOST_TEST(lines[1].size() == 100U);
  BOOST_TEST(lines[1].find("~  12345") != std::string::npos);
  BOOST_TEST(lines[2].size() == 100U);
  BOOST_TEST(fit("a\nb", 10) == "a?b");
  BOOST_TEST(fit("h\xC3\xA9llo", 3) == "h\xC3\xA9~");
}

BOOST_AUTO_TEST_SUITE_END()
