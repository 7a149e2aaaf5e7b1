/// What happened between two snapshots, a second.
///
/// Pure functions; any thread.
#pragma once

#include "host/control/snapshot.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

struct tenant_rate {
  std::string name;
  double cpu_percent = 0;  ///< of one core
  double messages_per_second = 0;
};

/// One entry a tenant of `now`. A tenant that `before` doesn't have, or a moment of no length,
/// gives zeros.
[[nodiscard]] std::vector<tenant_rate> rates_between(const snapshot& before, const snapshot& now);

/// "cpu_per_turn 12, memory 3": the ends that a tenant's services didn't choose; "none".
[[nodiscard]] std::string show_verdicts(const verdict_counts& counts);

/// The sum of the same.
[[nodiscard]] std::uint64_t forced_ends(const verdict_counts& counts) noexcept;

}  // namespace moonward::host
