#include "host/control/run_summary.hpp"

#include "host/control/live_rates.hpp"
#include "host/control/quantity.hpp"
#include "host/control/text_table.hpp"

#include "policies/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::host {

namespace {

using align = text_table::align;

std::string tenant_rows(const snapshot& last) {
  text_table table{{{"tenant", align::left, true},
                    {"cpu time", align::right},
                    {"memory", align::right},
                    {"cap", align::right},
                    {"services", align::right},
                    {"messages", align::right},
                    {"stopped", align::right}}};
  for (const tenant_status& tenant : last.tenants)
    table.add({tenant.name, show_time(tenant.cpu_ns), show_bytes(tenant.memory_bytes),
               policies::format_size(tenant.memory_cap_bytes), std::to_string(tenant.services),
               show_count(tenant.messages), show_count(forced_ends(tenant.verdicts))});
  return table.text();
}

std::string verdict_rows(const snapshot& last) {
  text_table table{{{"tenant", align::left}, {"stopped, by reason", align::left, true}}};
  for (const tenant_status& tenant : last.tenants)
    if (forced_ends(tenant.verdicts) != 0) table.add({tenant.name, show_verdicts(tenant.verdicts)});
  return table.rows() == 0 ? "no service was stopped\n" : table.text();
}

std::string probe_rows(const snapshot& last) {
  text_table table{{{"answers of", align::left, true},
                    {"asked", align::right},
                    {"answered", align::right},
                    {"lost", align::right},
                    {"half within", align::right},
                    {"99 % within", align::right},
                    {"longest", align::right}}};
  for (const probe_report& probe : last.probes)
    table.add({probe.name, std::to_string(probe.asked), std::to_string(probe.answered),
               std::to_string(probe.lost), show_time(probe.p50_ns), show_time(probe.p99_ns),
               show_time(probe.max_ns)});
  return table.text();
}

std::string loss_line(const snapshot& last) {
  std::uint64_t asked = 0;
  std::uint64_t lost = 0;
  std::string silent;
  for (const probe_report& probe : last.probes) {
    asked += probe.asked;
    lost += probe.lost;
    if (probe.answered == 0)
      silent += fmt::format("{} never answered: {}\n", probe.name,
                            probe.last_error.empty() ? "nothing was heard" : probe.last_error);
  }
  if (lost != 0) return silent + fmt::format("{} of {} requests were lost\n", lost, asked);
  if (asked == 0) return silent;
  return silent + fmt::format("nothing was lost: {} requests, {} answers\n", asked, asked);
}

}  // namespace

std::string run_summary(const snapshot& last) {
  std::string text =
      fmt::format("ran for {}: {} messages, {} pre-emptions, {} services stopped, {} resident\n\n",
                  show_time(last.host.uptime_ms * 1'000'000), show_count(last.host.messages),
                  show_count(last.host.preemptions), show_count(forced_ends(last.host.verdicts)),
                  show_bytes(last.host.resident_bytes));
  text += tenant_rows(last) + "\n" + verdict_rows(last);
  if (!last.probes.empty()) text += "\n" + probe_rows(last) + loss_line(last);
  if (!last.said.empty()) text += "\n";
  for (const said_report& said : last.said)
    text +=
        fit(fmt::format("{}/{}: {}", said.tenant, said.name, said.text), text_table::max_width) +
        "\n";
  return text;
}

}  // namespace moonward::host
