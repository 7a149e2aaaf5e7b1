#include "host/control/live_page.hpp"

#include "host/control/console.hpp"
#include "host/control/live_rates.hpp"
#include "host/control/quantity.hpp"
#include "host/control/text_table.hpp"
#include "host/log/log_format.hpp"

#include "policies/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::host {

namespace {

using align = text_table::align;

constexpr std::size_t width = text_table::max_width;
constexpr std::size_t ends_a_second = 3;

std::string memory_of(const tenant_status& tenant) {
  return fmt::format("{} of {}", show_bytes(tenant.memory_bytes),
                     policies::format_size(tenant.memory_cap_bytes));
}

std::string per_second(double value) { return show_count(static_cast<std::uint64_t>(value)); }

// "20:15:03"
std::string clock_of(std::uint64_t time_ns) {
  std::string text;
  append_time(text, time_ns);
  return text.size() > 19 ? text.substr(11, 8) : text;
}

std::string end_text(const end_report& end) {
  return fmt::format("{}/{}  {}", end.tenant, end.name, end.text);
}

class page {
 public:
  explicit page(bool colours) : colours_{colours} {}

  void heading(std::string_view text) {
    lines_.emplace_back();
    line(text, text_style::bold);
  }
  void line(std::string_view text, text_style style = text_style::plain) {
    lines_.push_back(styled(fit(text, width), style, colours_));
  }
  void table(const text_table& rows) {
    const std::vector<std::string> all = rows.lines();
    for (std::size_t index = 0; index < all.size(); ++index)
      line(all[index], index == 0 ? text_style::dim : text_style::plain);
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  const bool colours_;
  std::vector<std::string> lines_;
};

void add_host(page& out, std::string_view title, const snapshot& now, double messages) {
  const host_status& host = now.host;
  out.line(fmt::format("moonward  {}  up {}", title, show_time(host.uptime_ms * 1'000'000)),
           text_style::bold);
  out.line(fmt::format(
      "{} workers{}, {} services, {} messages/s, {} timers, {} sockets, "
      "{} resident, Lua {}",
      host.workers, host.stand_ins == 0 ? "" : fmt::format(" and {} stand-in", host.stand_ins),
      host.services, per_second(messages), host.timers, host.sockets,
      show_bytes(host.resident_bytes), host.lua));
}

void add_tenants(page& out, const snapshot& now, const std::vector<tenant_rate>& rates) {
  out.heading("TENANTS");
  text_table table{{{"tenant", align::left, true},
                    {"cpu %", align::right},
                    {"of", align::right},
                    {"memory", align::right},
                    {"services", align::right},
                    {"messages/s", align::right},
                    {"sockets", align::right},
                    {"stopped", align::right}}};
  for (std::size_t index = 0; index < now.tenants.size(); ++index) {
    const tenant_status& tenant = now.tenants[index];
    table.add({tenant.name, show_number(rates[index].cpu_percent),
               show_number(tenant.cpu_cores * 100), memory_of(tenant),
               fmt::format("{} of {}", tenant.services, tenant.services_cap),
               per_second(rates[index].messages_per_second), std::to_string(tenant.sockets),
               show_count(forced_ends(tenant.verdicts))});
  }
  out.table(table);
}

void add_answers(page& out, const snapshot& now) {
  if (now.probes.empty()) return;
  out.heading("ANSWER TIMES, asked over loopback 20 times a second");
  text_table table{{{"endpoint", align::left, true},
                    {"asked", align::right},
                    {"lost", align::right},
                    {"half within", align::right},
                    {"99 % within", align::right},
                    {"longest", align::right},
                    {"last problem", align::left, true}}};
  for (const probe_report& probe : now.probes) {
    const bool any = probe.answered != 0;
    table.add({probe.name, std::to_string(probe.asked), std::to_string(probe.lost),
               any ? show_time(probe.p50_ns) : "-", any ? show_time(probe.p99_ns) : "-",
               any ? show_time(probe.max_ns) : "-",
               probe.lost != 0 || !any ? probe.last_error : ""});
  }
  out.table(table);
}

void add_verdicts(page& out, const snapshot& now) {
  out.heading("STOPPED, by reason");
  text_table table{{{"tenant", align::left}, {"verdicts so far", align::left, true}}};
  for (const tenant_status& tenant : now.tenants)
    table.add({tenant.name, show_verdicts(tenant.verdicts)});
  out.table(table);
  if (!now.ends.empty()) out.line("");
  for (const end_report& end : now.ends)
    out.line(fmt::format("{}  {}", clock_of(end.time_ns), end_text(end)), text_style::yellow);
}

}  // namespace

std::vector<std::string> live_page(std::string_view title, const snapshot& before,
                                   const snapshot& now, page_colours colours) {
  page out{colours == page_colours::on};
  const std::vector<tenant_rate> rates = rates_between(before, now);
  double messages = 0;
  for (const tenant_rate& rate : rates) messages += rate.messages_per_second;
  add_host(out, title, now, messages);
  add_tenants(out, now, rates);
  add_answers(out, now);
  add_verdicts(out, now);
  if (!now.said.empty()) out.heading("LAST WORDS of each tenant");
  for (const said_report& said : now.said)
    out.line(fmt::format("{}/{}: {}", said.tenant, said.name, said.text));
  return out.take();
}

std::vector<std::string> live_lines(const snapshot& before, const snapshot& now) {
  std::vector<std::string> lines;
  const std::string time = fmt::format("{:>4} s  ", now.host.uptime_ms / 1000);
  const auto add = [&](const std::string& text) { lines.push_back(fit(time + text, width)); };
  const std::vector<tenant_rate> rates = rates_between(before, now);
  for (std::size_t index = 0; index < now.tenants.size(); ++index) {
    const tenant_status& tenant = now.tenants[index];
    add(fmt::format(
        "{:<10} cpu {:>5} %  {:>9} of {:<7} {:>4} services {:>6} messages/s {:>6} stopped",
        fit(tenant.name, 10), show_number(rates[index].cpu_percent),
        show_bytes(tenant.memory_bytes), policies::format_size(tenant.memory_cap_bytes),
        tenant.services, per_second(rates[index].messages_per_second),
        show_count(forced_ends(tenant.verdicts))));
  }
  for (const probe_report& probe : now.probes) {
    if (probe.answered == 0) {
      add(fmt::format("{}: no answer yet: {}", probe.name, probe.last_error));
      continue;
    }
    add(fmt::format("{}: {} asked, {} lost; p50 {}, p99 {}, longest {}", probe.name, probe.asked,
                    probe.lost, show_time(probe.p50_ns), show_time(probe.p99_ns),
                    show_time(probe.max_ns)));
  }
  std::vector<const end_report*> fresh;
  for (const end_report& end : now.ends)
    if (std::none_of(before.ends.begin(), before.ends.end(), [&](const end_report& old) {
          return old.id == end.id && old.time_ns == end.time_ns;
        }))
      fresh.push_back(&end);
  const std::size_t first = fresh.size() > ends_a_second ? fresh.size() - ends_a_second : 0;
  for (std::size_t index = first; index < fresh.size(); ++index)
    add("stopped " + end_text(*fresh[index]));
  return lines;
}

}  // namespace moonward::host
