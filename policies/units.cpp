#include "policies/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace moonward::policies {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: formatting takes the first that divides.
constexpr std::array size_units{unit{"GiB", 1ULL << 30}, unit{"MiB", 1ULL << 20},
                                unit{"KiB", 1ULL << 10}, unit{"B", 1}};
constexpr std::array time_units{
    unit{"h", 3'600'000'000'000}, unit{"min", 60'000'000'000}, unit{"s", 1'000'000'000},
    unit{"ms", 1'000'000},        unit{"us", 1'000},           unit{"ns", 1}};
constexpr std::array rate_units{unit{"/s", 1}, unit{"/min", 60}, unit{"/h", 3600}};

constexpr std::string_view size_help = R"(write a size such as "16MiB" (B, KiB, MiB, GiB))";
constexpr std::string_view time_help = R"(write a time such as "250ms" (ns, us, ms, s, min, h))";
constexpr std::string_view rate_help = R"(write a rate such as "100/s" (/s, /min, /h))";
constexpr std::string_view size_rate_help =
    R"(write a rate such as "1MiB/s" (B/s, KiB/s, MiB/s, GiB/s))";

// "12.5MiB" as 12, "5", "MiB".
struct split_number {
  std::string_view whole;
  std::string_view fraction;
  std::string_view unit;
};

bool is_digit(char character) { return character >= '0' && character <= '9'; }

split_number split(std::string_view text) {
  const auto digits = [](std::string_view from) {
    std::size_t count = 0;
    while (count < from.size() && is_digit(from[count])) {
      ++count;
    }
    return count;
  };
  split_number parts;
  parts.whole = text.substr(0, digits(text));
  std::string_view rest = text.substr(parts.whole.size());
  if (!parts.whole.empty() && rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) {
    parts.fraction = rest.substr(1, digits(rest.substr(1)));
    rest.remove_prefix(1 + parts.fraction.size());
  }
  parts.unit = rest;
  return parts;
}

failure refused(std::string_view what, std::string_view help) {
  return {fmt::format("{}; {}", what, help)};
}

const unit* find_unit(std::span<const unit> units, std::string_view name) {
  for (const unit& candidate : units) {
    if (candidate.name == name) {
      return &candidate;
    }
  }
  return nullptr;
}

// The number times the unit's factor, exactly.
result<std::uint64_t> scale(const split_number& parts, std::uint64_t factor,
                            std::string_view help) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t whole = 0;
  const auto [end, error] =
      std::from_chars(parts.whole.data(), parts.whole.data() + parts.whole.size(), whole);
  if (error != std::errc{} || end != parts.whole.data() + parts.whole.size() ||
      whole > most / factor) {
    return refused("is too large to be counted", help);
  }
  std::string_view fraction = parts.fraction;
  while (fraction.ends_with('0')) {
    fraction.remove_suffix(1);
  }
  if (fraction.size() > 15) {
    return refused("has too many decimals", help);
  }
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
  for (const char digit : fraction) {
    numerator = numerator * 10 + static_cast<std::uint64_t>(digit - '0');
    denominator *= 10;
  }
  const std::uint64_t common = std::gcd(factor, denominator);
  if (numerator % (denominator / common) != 0) {
    return refused("does not come out as a whole number in the smallest unit", help);
  }
  const std::uint64_t total =
      whole * factor + numerator / (denominator / common) * (factor / common);
  if (total > most) {
    return refused("is too large to be counted", help);
  }
  return total;
}

result<std::uint64_t> parse_quantity(std::string_view text, std::span<const unit> units,
                                     std::string_view help) {
  if (text.empty()) {
    return refused("is empty", help);
  }
  if (text.front() == '-') {
    return refused("is negative", help);
  }
  const split_number parts = split(text);
  if (parts.whole.empty()) {
    return refused("does not start with a number", help);
  }
  if (parts.unit.empty()) {
    return refused("has no unit", help);
  }
  const unit* found = find_unit(units, parts.unit);
  if (found == nullptr) {
    return refused(fmt::format("has the unknown unit \"{}\"", parts.unit), help);
  }
  return scale(parts, found->factor, help);
}

std::string format_quantity(std::uint64_t value, std::span<const unit> units) {
  for (const unit& candidate : units) {
    if (value % candidate.factor == 0 && (value != 0 || candidate.factor == 1)) {
      return fmt::format("{}{}", value / candidate.factor, candidate.name);
    }
  }
  return fmt::format("{}", value);
}

}  // namespace

result<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, size_units, size_help);
}

result<std::chrono::nanoseconds> parse_time(std::string_view text) {
  const auto count = parse_quantity(text, time_units, time_help);
  if (count.has_error()) {
    return count.error();
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*count));
}

result<double> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (text.empty()) {
    return refused("is empty", rate_help);
  }
  if (text.front() == '-') {
    return refused("is negative", rate_help);
  }
  if (slash == std::string_view::npos) {
    return refused("has no unit", rate_help);
  }
  const unit* per = find_unit(rate_units, text.substr(slash));
  if (per == nullptr) {
    return refused(fmt::format("has the unknown unit \"{}\"", text.substr(slash)), rate_help);
  }
  const std::string_view number = text.substr(0, slash);
  double events = 1.0;
  if (!number.empty()) {
    const split_number parts = split(number);
    if (parts.whole.empty() || !parts.unit.empty()) {
      return refused(fmt::format("\"{}\" is not a number", number), rate_help);
    }
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), events);
    if (error != std::errc{} || end != number.data() + number.size()) {
      return refused("is too large to be counted", rate_help);
    }
  }
  return events / static_cast<double>(per->factor);
}

result<std::uint64_t> parse_size_rate(std::string_view text) {
  if (text.empty()) {
    return refused("is empty", size_rate_help);
  }
  if (!text.ends_with("/s")) {
    return refused("has no \"/s\"", size_rate_help);
  }
  return parse_quantity(text.substr(0, text.size() - 2), size_units, size_rate_help);
}

std::string format_size(std::uint64_t bytes) { return format_quantity(bytes, size_units); }

std::string format_time(std::chrono::nanoseconds time) {
  if (time.count() == 0) {
    return "0s";
  }
  return format_quantity(static_cast<std::uint64_t>(time.count()), time_units);
}

std::string format_rate(double per_second) {
  for (const unit& per : rate_units) {
    const double events = per_second * static_cast<double>(per.factor);
    const double rounded = std::round(events);
    if (rounded > 0 && rounded / static_cast<double>(per.factor) == per_second) {
      return fmt::format("{:.0f}{}", rounded, per.name);
    }
  }
  return fmt::format("{}/s", per_second);
}

std::string format_size_rate(std::uint64_t bytes_per_second) {
  return format_size(bytes_per_second) + "/s";
}

}  // namespace moonward::policies
