/// Measured quantities as people read them: three digits and a unit.
///
/// Limits are printed exactly, by policies/units.hpp; these are for what was measured. Pure
/// functions; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace moonward::host {

/// "512 B", "12.3 KiB", "1.50 GiB".
[[nodiscard]] std::string show_bytes(std::uint64_t bytes);

/// "850 ns", "12.3 us", "1.00 ms", "2.50 s", "3 min 20 s", "2 h 5 min".
[[nodiscard]] std::string show_time(std::uint64_t nanoseconds);

/// "999", "12.3k", "1.20M".
[[nodiscard]] std::string show_count(std::uint64_t count);

/// "0.0", "3.4", "121": a rate or a percentage.
[[nodiscard]] std::string show_number(double value);

}  // namespace moonward::host
