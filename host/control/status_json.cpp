#include "host/control/status_json.hpp"

#include "host/control/verdict_report.hpp"

#include <fmt/format.h>

namespace moonward::host {

namespace {

service_state state_from(std::string_view name) noexcept {
  for (const service_state state : {service_state::starting, service_state::running,
                                    service_state::backing_off, service_state::quarantined})
    if (to_string(state) == name) return state;
  return service_state::running;
}

sandbox::handle handle_from(std::string_view text) noexcept {
  sandbox::handle id = 0;
  if (text.empty() || text.front() != ':') return 0;
  for (const char digit : text.substr(1)) {
    const int value = digit >= '0' && digit <= '9'   ? digit - '0'
                      : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                                     : -1;
    if (value < 0) return 0;
    id = (id << 4) | static_cast<sandbox::handle>(value);
  }
  return id;
}

json::string_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }

json::object to_json(const probe_report& probe) {
  return {{"name", json_text(probe.name)}, {"asked", probe.asked},
          {"answered", probe.answered},    {"lost", probe.lost},
          {"p50_ns", probe.p50_ns},        {"p99_ns", probe.p99_ns},
          {"max_ns", probe.max_ns},        {"last_error", json_text(probe.last_error)}};
}

probe_report probe_from(const json::object& from) {
  return {text_of(from, "name"),     number_of(from, "asked"),   number_of(from, "answered"),
          number_of(from, "lost"),   number_of(from, "p50_ns"),  number_of(from, "p99_ns"),
          number_of(from, "max_ns"), text_of(from, "last_error")};
}

json::object to_json(const end_report& end) {
  return {{"time_ns", end.time_ns},
          {"address", show_handle(end.id)},
          {"tenant", json_text(end.tenant)},
          {"name", json_text(end.name)},
          {"text", json_text(end.text)}};
}

end_report end_from(const json::object& from) {
  return {number_of(from, "time_ns"), handle_from(text_of(from, "address")),
          text_of(from, "tenant"), text_of(from, "name"), text_of(from, "text")};
}

json::object to_json(const said_report& said) {
  return {{"tenant", json_text(said.tenant)},
          {"name", json_text(said.name)},
          {"text", json_text(said.text)}};
}

said_report said_from(const json::object& from) {
  return {text_of(from, "tenant"), text_of(from, "name"), text_of(from, "text")};
}

template <class Value>
json::array list_json(const std::vector<Value>& values) {
  json::array out;
  for (const Value& value : values) out.emplace_back(to_json(value));
  return out;
}

template <class Value>
std::vector<Value> list_from(const json::object& from, std::string_view key,
                             Value (*read)(const json::object&)) {
  std::vector<Value> out;
  if (const json::array* const list = list_of(from, key))
    for (const json::value& element : *list)
      if (const json::object* const object = element.if_object()) out.push_back(read(*object));
  return out;
}

json::object object_or_empty(const json::object& from, std::string_view key) {
  const json::object* const found = object_of(from, key);
  return found == nullptr ? json::object{} : *found;
}

}  // namespace

std::string show_handle(sandbox::handle id) { return fmt::format(":{:08x}", id); }

json::object to_json(const verdict_counts& counts) {
  json::object out;
  for (std::size_t index = 0; index < counts.size(); ++index) {
    if (counts[index] == 0) continue;
    out[view(sandbox::to_string(static_cast<sandbox::verdict_reason>(index)))] = counts[index];
  }
  return out;
}

verdict_counts verdict_counts_from(const json::object& from) {
  verdict_counts out{};
  for (std::size_t index = 0; index < out.size(); ++index)
    out[index] = number_of(from, sandbox::to_string(static_cast<sandbox::verdict_reason>(index)));
  return out;
}

json::object to_json(const service_status& status) {
  json::object out{
      {"address", status.id == 0 ? json::value(nullptr) : json::value(show_handle(status.id))},
      {"tenant", json_text(status.tenant)},
      {"name", json_text(status.name)},
      {"arguments", json_text(status.arguments)},
      {"state", view(to_string(status.state))},
      {"memory_bytes", status.usage.memory_bytes},
      {"memory_cap_bytes", status.memory_cap_bytes},
      {"cpu_ns", status.usage.cpu_ns},
      {"messages", status.usage.messages},
      {"mailbox_messages", status.usage.mailbox_messages},
      {"mailbox_bytes", status.usage.mailbox_bytes},
      {"timers", status.usage.timers},
      {"sockets", status.usage.sockets},
      {"coroutines", status.usage.coroutines},
      {"restarts", status.restarts}};
  out["last_end"] = status.last_end ? json::value(verdict_json(status.last_end)) : nullptr;
  return out;
}

service_status service_status_from(const json::object& from) {
  service_status out;
  out.id = handle_from(text_of(from, "address"));
  out.tenant = text_of(from, "tenant");
  out.name = text_of(from, "name");
  out.arguments = text_of(from, "arguments");
  out.state = state_from(text_of(from, "state"));
  out.usage.memory_bytes = number_of(from, "memory_bytes");
  out.memory_cap_bytes = number_of(from, "memory_cap_bytes");
  out.usage.cpu_ns = number_of(from, "cpu_ns");
  out.usage.messages = number_of(from, "messages");
  out.usage.mailbox_messages = number_of(from, "mailbox_messages");
  out.usage.mailbox_bytes = number_of(from, "mailbox_bytes");
  out.usage.timers = number_of(from, "timers");
  out.usage.sockets = number_of(from, "sockets");
  out.usage.coroutines = number_of(from, "coroutines");
  out.restarts = number_of(from, "restarts");
  out.last_end = verdict_from(object_or_empty(from, "last_end"));
  return out;
}

json::object to_json(const tenant_status& status) {
  return {{"name", json_text(status.name)},
          {"memory_bytes", status.memory_bytes},
          {"memory_cap_bytes", status.memory_cap_bytes},
          {"cpu_ns", status.cpu_ns},
          {"cpu_cores", status.cpu_cores},
          {"weight", status.weight},
          {"services", status.services},
          {"services_cap", status.services_cap},
          {"sockets", status.sockets},
          {"messages", status.messages},
          {"throttled_ns", status.throttled_ns},
          {"verdicts", to_json(status.verdicts)}};
}

tenant_status tenant_status_from(const json::object& from) {
  tenant_status out;
  out.name = text_of(from, "name");
  out.memory_bytes = number_of(from, "memory_bytes");
  out.memory_cap_bytes = number_of(from, "memory_cap_bytes");
  out.cpu_ns = number_of(from, "cpu_ns");
  out.cpu_cores = fraction_of(from, "cpu_cores");
  out.weight = number_of(from, "weight");
  out.services = number_of(from, "services");
  out.services_cap = number_of(from, "services_cap");
  out.sockets = number_of(from, "sockets");
  out.messages = number_of(from, "messages");
  out.throttled_ns = number_of(from, "throttled_ns");
  out.verdicts = verdict_counts_from(object_or_empty(from, "verdicts"));
  return out;
}

json::object to_json(const host_status& status) {
  json::array protections;
  for (const std::string& line : status.protections) protections.emplace_back(json_text(line));
  return {{"uptime_ms", status.uptime_ms},
          {"workers", status.workers},
          {"stand_ins", status.stand_ins},
          {"services", status.services},
          {"messages", status.messages},
          {"preemptions", status.preemptions},
          {"timers", status.timers},
          {"sockets", status.sockets},
          {"resident_bytes", status.resident_bytes},
          {"verdicts", to_json(status.verdicts)},
          {"lua", json_text(status.lua)},
          {"protections", std::move(protections)}};
}

host_status host_status_from(const json::object& from) {
  host_status out;
  out.uptime_ms = number_of(from, "uptime_ms");
  out.workers = number_of(from, "workers");
  out.stand_ins = number_of(from, "stand_ins");
  out.services = number_of(from, "services");
  out.messages = number_of(from, "messages");
  out.preemptions = number_of(from, "preemptions");
  out.timers = number_of(from, "timers");
  out.sockets = number_of(from, "sockets");
  out.resident_bytes = number_of(from, "resident_bytes");
  out.verdicts = verdict_counts_from(object_or_empty(from, "verdicts"));
  out.lua = text_of(from, "lua");
  if (const json::array* const list = list_of(from, "protections"))
    for (const json::value& line : *list)
      if (line.is_string()) out.protections.emplace_back(line.get_string().c_str());
  return out;
}

json::object to_json(const snapshot& now) {
  return {{"time_ns", now.time_ns},
          {"host", to_json(now.host)},
          {"tenants", list_json(now.tenants)},
          {"probes", list_json(now.probes)},
          {"ends", list_json(now.ends)},
          {"said", list_json(now.said)}};
}

snapshot snapshot_from(const json::object& from) {
  snapshot out;
  out.time_ns = number_of(from, "time_ns");
  out.host = host_status_from(object_or_empty(from, "host"));
  out.tenants = list_from(from, "tenants", tenant_status_from);
  out.probes = list_from(from, "probes", probe_from);
  out.ends = list_from(from, "ends", end_from);
  out.said = list_from(from, "said", said_from);
  return out;
}

}  // namespace moonward::host
