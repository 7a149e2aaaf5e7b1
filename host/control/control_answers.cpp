#include "host/control/control_answers.hpp"

#include "host/control/status_json.hpp"

#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace moonward::host {

namespace {

std::string unknown_tenant(std::string_view name, const std::vector<tenant_status>& tenants) {
  std::vector<std::string_view> known;
  std::string list;
  for (const tenant_status& tenant : tenants) {
    known.push_back(tenant.name);
    list += (list.empty() ? "" : ", ") + tenant.name;
  }
  const std::string_view near = policies::nearest_word(name, known);
  return error_line(fmt::format("no tenant {}{}; there are {}", policies::quote_text(name),
                                near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near),
                                list));
}

bool has_tenant(std::string_view name, const std::vector<tenant_status>& tenants) {
  return std::any_of(tenants.begin(), tenants.end(),
                     [name](const tenant_status& tenant) { return tenant.name == name; });
}

std::string answer_list(const control_request& request, const control_port& port) {
  if (!request.what.empty()) {
    const std::vector<tenant_status> tenants = port.tenants();
    if (!has_tenant(request.what, tenants)) return unknown_tenant(request.what, tenants);
  }
  json::array rows;
  for (const service_status& service : port.services(request.what))
    rows.emplace_back(to_json(service));
  return ok_line(std::move(rows));
}

std::string answer_stat(const control_request& request, const control_port& port) {
  const std::vector<tenant_status> tenants = port.tenants();
  if (!request.what.empty() && !has_tenant(request.what, tenants))
    return unknown_tenant(request.what, tenants);
  json::array rows;
  for (const tenant_status& tenant : tenants)
    if (request.what.empty() || tenant.name == request.what) rows.emplace_back(to_json(tenant));
  return ok_line(std::move(rows));
}

std::string answer_kill(const control_request& request, control_port& port, std::string_view by) {
  if (request.what.empty())
    return error_line("kill whom? An address (:0000000a), or tenant/service");
  json::array rows;
  for (const sandbox::handle id : port.find(request.what)) {
    const std::optional<service_status> service = port.service(id);
    if (!port.kill(id, by)) continue;
    rows.emplace_back(json::object{{"address", show_handle(id)},
                                   {"tenant", json_text(service ? service->tenant : "")},
                                   {"name", json_text(service ? service->name : "")}});
  }
  if (rows.empty())
    return error_line(
        fmt::format("no service {} is running; `moonward ctl list` shows those that are",
                    policies::quote_text(request.what)));
  return ok_line(std::move(rows));
}

std::string answer_quota(const control_request& request, control_port& port) {
  if (request.what.empty() || request.assignment.empty())
    return error_line(
        "quota of what? \"what\" is tenant or tenant/service, \"assignment\" is "
        "key=value");
  const auto changed = port.set_quota(request.what, request.assignment);
  if (changed.has_error()) return error_line(changed.error().text);
  return ok_line(json_text(*changed));
}

}  // namespace

std::string answer_at_once(const control_request& request, control_port& port,
                           std::string_view by) {
  switch (request.command) {
    case control_command::list: return answer_list(request, port);
    case control_command::stat: return answer_stat(request, port);
    case control_command::info: return ok_line(to_json(port.status()));
    case control_command::snapshot: return ok_line(to_json(port.take_snapshot()));
    case control_command::kill: return answer_kill(request, port, by);
    case control_command::quota: return answer_quota(request, port);
    case control_command::log:
    case control_command::reload:
    case control_command::stop: break;
  }
  return error_line("this command is not answered at once");
}

}  // namespace moonward::host
