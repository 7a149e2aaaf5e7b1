#include "host/bus/verdict_text.hpp"

#include <fmt/format.h>

namespace moonward::host {

namespace {

std::string seconds(std::uint64_t ns) {
  const double s = static_cast<double>(ns) / 1e9;
  return s < 1.0 ? fmt::format("{:.0f}ms", s * 1e3) : fmt::format("{:.2f}s", s);
}

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.2f}MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

}  // namespace

std::string describe(const sandbox::verdict& why) {
  using enum sandbox::verdict_reason;
  std::string text{to_string(why.reason)};
  switch (why.reason) {
    case cpu_per_turn:
    case cpu_per_c_call:
      text += fmt::format(": {} of {}", seconds(why.measured), seconds(why.limit));
      break;
    case memory:
      text += fmt::format(": {} wanted of {}", mebibytes(why.measured), mebibytes(why.limit));
      break;
    case instructions_per_turn: text += fmt::format(": {} of {}", why.measured, why.limit); break;
    default: break;
  }
  if (!why.where.empty()) text += " at " + why.where;
  return text;
}

}  // namespace moonward::host
