#include "host/control/ctl_render.hpp"

#include "host/bus/verdict_text.hpp"
#include "host/control/live_rates.hpp"
#include "host/control/quantity.hpp"
#include "host/control/status_json.hpp"
#include "host/control/text_table.hpp"

#include "policies/units.hpp"

#include <fmt/format.h>

namespace moonward::host {

namespace {

using align = text_table::align;

std::string usage_of_cap(std::uint64_t used, std::uint64_t cap) {
  return fmt::format("{}/{}", show_bytes(used), policies::format_size(cap));
}

// Words of a heading and a value, wrapped at the width with an indent.
std::string fact(std::string_view name, std::string_view value) {
  constexpr std::size_t indent = 14;
  std::string out;
  std::string line = fmt::format("{:<{}}", name, indent);
  bool empty = true;
  while (!value.empty()) {
    const std::size_t space = value.find(' ');
    const std::string_view word = value.substr(0, space);
    if (!empty && display_width(line) + 1 + display_width(word) > text_table::max_width) {
      out += line + "\n";
      line.assign(indent, ' ');
      empty = true;
    }
    line += (empty ? "" : " ") + std::string{word};
    empty = false;
    value.remove_prefix(space == std::string_view::npos ? value.size() : space + 1);
  }
  return out + line + "\n";
}

}  // namespace

std::string render_services(const std::vector<service_status>& services) {
  text_table table{{{"address"},
                    {"tenant/service", align::left, true},
                    {"state", align::left, true},
                    {"memory/cap", align::right},
                    {"cpu", align::right},
                    {"messages", align::right},
                    {"mailbox", align::right},
                    {"restarts", align::right}}};
  for (const service_status& service : services)
    table.add({service.id == 0 ? "-" : show_handle(service.id),
               service.tenant + "/" + service.name +
                   (service.arguments.empty() ? "" : " " + service.arguments),
               std::string{to_string(service.state)},
               usage_of_cap(service.usage.memory_bytes, service.memory_cap_bytes),
               show_time(service.usage.cpu_ns), show_count(service.usage.messages),
               show_count(service.usage.mailbox_messages), show_count(service.restarts)});
  std::string text = table.text();
  for (const service_status& service : services)
    if (service.state == service_state::quarantined)
      text += fit(fmt::format("{}/{} is quarantined; it ended by {}; `moonward ctl reload` starts "
                              "it again",
                              service.tenant, service.name, describe(service.last_end)),
                  text_table::max_width) +
              "\n";
  return text;
}

std::string render_tenants(const std::vector<tenant_status>& tenants) {
  text_table table{{{"tenant", align::left, true},
                    {"memory/cap", align::right},
                    {"cpu time", align::right},
                    {"cores", align::right},
                    {"weight", align::right},
                    {"services", align::right},
                    {"sockets", align::right},
                    {"messages", align::right},
                    {"waited", align::right}}};
  for (const tenant_status& tenant : tenants)
    table.add({tenant.name, usage_of_cap(tenant.memory_bytes, tenant.memory_cap_bytes),
               show_time(tenant.cpu_ns), fmt::format("{}", tenant.cpu_cores),
               std::to_string(tenant.weight),
               fmt::format("{}/{}", tenant.services, tenant.services_cap),
               std::to_string(tenant.sockets), show_count(tenant.messages),
               show_time(tenant.throttled_ns)});
  std::string text = table.text();
  for (const tenant_status& tenant : tenants)
    if (forced_ends(tenant.verdicts) != 0)
      text += fit(fmt::format("{}: stopped by {}", tenant.name, show_verdicts(tenant.verdicts)),
                  text_table::max_width) +
              "\n";
  return text;
}

std::string render_host(const host_status& status) {
  std::string text = fact("up", show_time(status.uptime_ms * 1'000'000));
  text += fact("workers", status.stand_ins == 0
                              ? std::to_string(status.workers)
                              : fmt::format("{}, and {} that stand in for ones stuck in a call",
                                            status.workers, status.stand_ins));
  text += fact("services", std::to_string(status.services));
  text += fact("messages", show_count(status.messages));
  text += fact("pre-emptions", show_count(status.preemptions));
  text += fact("timers", std::to_string(status.timers));
  text += fact("sockets", std::to_string(status.sockets));
  text += fact("resident", show_bytes(status.resident_bytes));
  text += fact("stopped", show_verdicts(status.verdicts));
  text += fact("Lua", status.lua);
  for (std::size_t index = 0; index < status.protections.size(); ++index)
    text += fact(index == 0 ? "protection" : "", status.protections[index]);
  return text;
}

}  // namespace moonward::host
