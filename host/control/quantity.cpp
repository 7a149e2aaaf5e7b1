#include "host/control/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

namespace moonward::host {

namespace {

struct step {
  std::string_view name;
  double factor;
};

std::string three_digits(double value) {
  if (value < 9.995) return fmt::format("{:.2f}", value);
  if (value < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

// The largest step that leaves at least one; the first step is whole numbers.
std::string scaled(std::uint64_t amount, std::span<const step> steps) {
  const auto value = static_cast<double>(amount);
  const step* chosen = &steps.front();
  for (const step& candidate : steps)
    if (value >= candidate.factor) chosen = &candidate;
  if (chosen == &steps.front()) return fmt::format("{}{}", amount, chosen->name);
  return three_digits(value / chosen->factor) + std::string{chosen->name};
}

constexpr std::uint64_t ns_per_second = 1'000'000'000;

}  // namespace

std::string show_bytes(std::uint64_t bytes) {
  static constexpr std::array<step, 5> steps{{{" B", 1},
                                              {" KiB", 1024.0},
                                              {" MiB", 1048576.0},
                                              {" GiB", 1073741824.0},
                                              {" TiB", 1099511627776.0}}};
  return scaled(bytes, steps);
}

std::string show_time(std::uint64_t nanoseconds) {
  const std::uint64_t seconds = nanoseconds / ns_per_second;
  if (seconds >= 3600) return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
  if (seconds >= 120) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  static constexpr std::array<step, 4> steps{{{" ns", 1}, {" us", 1e3}, {" ms", 1e6}, {" s", 1e9}}};
  return scaled(nanoseconds, steps);
}

std::string show_count(std::uint64_t count) {
  const auto value = static_cast<double>(count);
  if (count < 10'000) return fmt::format("{}", count);
  if (count < 1'000'000) return three_digits(value / 1e3) + "k";
  if (count < 1'000'000'000) return three_digits(value / 1e6) + "M";
  return three_digits(value / 1e9) + "G";
}

std::string show_number(double value) {
  if (!std::isfinite(value)) return "-";
  return std::abs(value) < 99.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

}  // namespace moonward::host
