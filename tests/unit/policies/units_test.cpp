#include "policies/units.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>

using namespace moonward::policies;
using namespace std::chrono_literals;

namespace {

std::string size_error(std::string_view text) {
  const auto size = parse_size(text);
  return size.has_error() ? size.error().text : "accepted as " + std::to_string(*size);
}

const std::string size_help = R"(; write a size such as "16MiB" (B, KiB, MiB, GiB))";

}  // namespace

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(a_size_is_a_number_and_a_unit) {
  BOOST_TEST(parse_size("0B").value() == 0U);
  BOOST_TEST(parse_size("1B").value() == 1U);
  BOOST_TEST(parse_size("4KiB").value() == 4096U);
  BOOST_TEST(parse_size("16MiB").value() == 16U * 1024 * 1024);
  BOOST_TEST(parse_size("1024GiB").value() == std::uint64_t{1} << 40);
}

BOOST_AUTO_TEST_CASE(a_fraction_must_come_out_whole) {
  BOOST_TEST(parse_size("1.5GiB").value() == 1536ULL << 20);
  BOOST_TEST(parse_size("0.25KiB").value() == 256U);
  BOOST_TEST(parse_time("0.5s").value().count() == 500'000'000);
  BOOST_TEST(parse_time("0.1h").value().count() == 360'000'000'000);
  BOOST_TEST(size_error("0.3B") ==
             "does not come out as a whole number in the smallest unit" + size_help);
  BOOST_TEST(size_error("0.1KiB") ==
             "does not come out as a whole number in the smallest unit" + size_help);
  BOOST_TEST(size_error("0.1234567890123456KiB") == "has too many decimals" + size_help);
}

BOOST_AUTO_TEST_CASE(a_bare_number_is_refused_where_a_unit_is_due) {
  BOOST_TEST(size_error("16") == "has no unit" + size_help);
  BOOST_TEST(parse_time("250").error().text ==
             R"(has no unit; write a time such as "250ms" (ns, us, ms, s, min, h))");
  BOOST_TEST(parse_rate("100").error().text ==
             R"(has no unit; write a rate such as "100/s" (/s, /min, /h))");
  BOOST_TEST(parse_size_rate("1MiB").error().text ==
             R"(has no "/s"; write a rate such as "1MiB/s" (B/s, KiB/s, MiB/s, GiB/s))");
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_refused_with_the_reason) {
  BOOST_TEST(size_error("") == "is empty" + size_help);
  BOOST_TEST(size_error("MiB") == "does not start with a number" + size_help);
  BOOST_TEST(size_error("-1MiB") == "is negative" + size_help);
  BOOST_TEST(size_error("1MB") == R"(has the unknown unit "MB")" + size_help);
  BOOST_TEST(size_error("1 MiB") == R"(has the unknown unit " MiB")" + size_help);
  BOOST_TEST(size_error("1.MiB") == R"(has the unknown unit ".MiB")" + size_help);
  BOOST_TEST(size_error("1e3KiB") == R"(has the unknown unit "e3KiB")" + size_help);
}

BOOST_AUTO_TEST_CASE(a_size_beyond_what_can_be_counted_is_refused) {
  BOOST_TEST(parse_size("9223372036854775807B").value() == 9223372036854775807U);
  BOOST_TEST(size_error("9223372036854775808B") == "is too large to be counted" + size_help);
  BOOST_TEST(size_error("8589934592GiB") == "is too large to be counted" + size_help);
  BOOST_TEST(size_error("99999999999999999999B") == "is too large to be counted" + size_help);
}

BOOST_AUTO_TEST_CASE(a_time_takes_each_unit) {
  BOOST_TEST((parse_time("7ns").value() == 7ns));
  BOOST_TEST((parse_time("7us").value() == 7us));
  BOOST_TEST((parse_time("7ms").value() == 7ms));
  BOOST_TEST((parse_time("7s").value() == 7s));
  BOOST_TEST((parse_time("7min").value() == 7min));
  BOOST_TEST((parse_time("7h").value() == 7h));
}

BOOST_AUTO_TEST_CASE(a_rate_without_a_number_is_one) {
  BOOST_TEST(parse_rate("/s").value() == 1.0);
  BOOST_TEST(parse_rate("/min").value() == 1.0 / 60);
  BOOST_TEST(parse_rate("100/s").value() == 100.0);
  BOOST_TEST(parse_rate("0.5/s").value() == 0.5);
  BOOST_TEST(parse_rate("90/h").value() == 90.0 / 3600);
  BOOST_TEST(parse_rate("x/s").error().text ==
             R"("x" is not a number; write a rate such as "100/s" (/s, /min, /h))");
  BOOST_TEST(parse_rate("1/day").error().text ==
             R"(has the unknown unit "/day"; write a rate such as "100/s" (/s, /min, /h))");
}

BOOST_AUTO_TEST_CASE(printing_takes_the_largest_unit_that_is_whole) {
  BOOST_TEST(format_size(0) == "0B");
  BOOST_TEST(format_size(1023) == "1023B");
  BOOST_TEST(format_size(1024) == "1KiB");
  BOOST_TEST(format_size(16ULL << 20) == "16MiB");
  BOOST_TEST(format_size(1536ULL << 20) == "1536MiB");
  BOOST_TEST(format_time(0ns) == "0s");
  BOOST_TEST(format_time(1500ms) == "1500ms");
  BOOST_TEST(format_time(60s) == "1min");
  BOOST_TEST(format_rate(100) == "100/s");
  BOOST_TEST(format_rate(1.0 / 60) == "1/min");
  BOOST_TEST(format_rate(7.0 / 3600) == "7/h");
  BOOST_TEST(format_size_rate(1 << 20) == "1MiB/s");
}

BOOST_AUTO_TEST_CASE(what_is_printed_reads_back_as_the_same) {
  for (std::uint64_t value = 1; value < (std::uint64_t{1} << 62); value = value * 3 + 1) {
    BOOST_TEST(parse_size(format_size(value)).value() == value);
    BOOST_TEST(parse_size_rate(format_size_rate(value)).value() == value);
    const std::chrono::nanoseconds time(static_cast<std::int64_t>(value));
    BOOST_TEST((parse_time(format_time(time)).value() == time));
  }
  for (const double rate : {1.0, 0.1, 1.0 / 3, 1.0 / 60, 1.0 / 3600, 12345.678, 1e6}) {
    BOOST_TEST(parse_rate(format_rate(rate)).value() == rate);
  }
}

BOOST_AUTO_TEST_SUITE_END()
