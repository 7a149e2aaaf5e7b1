#include "host/control/live_rates.hpp"

#include "host/control/quantity.hpp"

#include <fmt/format.h>

namespace moonward::host {

namespace {

using sandbox::verdict_reason;

// Ends that a service, its host or nobody chose are no news.
bool is_forced(std::size_t index) noexcept {
  const auto reason = static_cast<verdict_reason>(index);
  return reason != verdict_reason::none && reason != verdict_reason::finished &&
         reason != verdict_reason::host_stop;
}

double a_second(std::uint64_t before, std::uint64_t now, double seconds) noexcept {
  return now > before && seconds > 0 ? static_cast<double>(now - before) / seconds : 0;
}

}  // namespace

std::vector<tenant_rate> rates_between(const snapshot& before, const snapshot& now) {
  const double seconds =
      now.time_ns > before.time_ns ? static_cast<double>(now.time_ns - before.time_ns) / 1e9 : 0;
  std::vector<tenant_rate> rates;
  for (const tenant_status& tenant : now.tenants) {
    tenant_rate rate{tenant.name};
    for (const tenant_status& earlier : before.tenants) {
      if (earlier.name != tenant.name) continue;
      rate.cpu_percent = a_second(earlier.cpu_ns, tenant.cpu_ns, seconds) / 1e7;
      rate.messages_per_second = a_second(earlier.messages, tenant.messages, seconds);
    }
    rates.push_back(std::move(rate));
  }
  return rates;
}

std::string show_verdicts(const verdict_counts& counts) {
  std::string text;
  for (std::size_t index = 0; index < counts.size(); ++index) {
    if (counts[index] == 0 || !is_forced(index)) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        sandbox::to_string(static_cast<verdict_reason>(index)),
                        show_count(counts[index]));
  }
  return text.empty() ? "none" : text;
}

std::uint64_t forced_ends(const verdict_counts& counts) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t index = 0; index < counts.size(); ++index)
    if (is_forced(index)) sum += counts[index];
  return sum;
}

}  // namespace moonward::host
