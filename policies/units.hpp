// Quantities as people write them: sizes "16MiB", times "250ms", rates "100/s" and "1MiB/s".
// A unit is always due; a bare number is refused, since nobody can tell what it meant.
// Invariant: parse(format(x)) == x; the value must come out whole (no half bytes or nanoseconds).
// Pure functions; any thread.
#pragma once

#include "policies/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::policies {

/// Reads a size in bytes: a number and one of B, KiB, MiB, GiB, such as "16MiB" or "1.5GiB".
[[nodiscard]] result<std::uint64_t> parse_size(std::string_view text);

/// Reads a time: a number and one of ns, us, ms, s, min, h, such as "250ms".
[[nodiscard]] result<std::chrono::nanoseconds> parse_time(std::string_view text);

/// Reads a rate in events a second: a number and one of /s, /min, /h, such as "100/s"; without the
/// number it is one ("/min").
[[nodiscard]] result<double> parse_rate(std::string_view text);

/// Reads a rate in bytes a second: a size and "/s", such as "1MiB/s".
[[nodiscard]] result<std::uint64_t> parse_size_rate(std::string_view text);

/// "16MiB": in the largest unit that leaves a whole number.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// "250ms": in the largest unit that leaves a whole number.
[[nodiscard]] std::string format_time(std::chrono::nanoseconds time);

/// "100/s", or a minute's or hour's number when that is whole and the second's is not.
[[nodiscard]] std::string format_rate(double per_second);

/// "1MiB/s".
[[nodiscard]] std::string format_size_rate(std::uint64_t bytes_per_second);

}  // namespace moonward::policies
