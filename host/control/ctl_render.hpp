/// The answers of a running host as tables and lines, no wider than 100 columns.
///
/// Pure functions; any thread.
#pragma once

#include "host/host.hpp"

#include <string>
#include <vector>

namespace moonward::host {

[[nodiscard]] std::string render_services(const std::vector<service_status>& services);
[[nodiscard]] std::string render_tenants(const std::vector<tenant_status>& tenants);
[[nodiscard]] std::string render_host(const host_status& status);

}  // namespace moonward::host
