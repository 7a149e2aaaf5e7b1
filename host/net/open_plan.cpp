#include "host/net/open_plan.hpp"

#include "host/net/endpoint.hpp"

#include <fmt/format.h>

namespace moonward::host {

std::optional<policies::ip_address> open_plan::next_allowed(
    std::span<const policies::endpoint_pattern> list) {
  while (next < addresses.size()) {
    const policies::ip_address& address = addresses[next++];
    if (policies::allowed_by(list, address, port, named ? std::string_view{host} : ""))
      return address;
    if (refused.empty()) refused = address.to_string();
  }
  return std::nullopt;
}

std::string open_plan::what() const {
  return fmt::format("{} {}", use == policies::endpoint_use::listen ? "listen on" : "connect to",
                     to_text(host, port));
}

std::string open_plan::error_text() const {
  const char* list = use == policies::endpoint_use::listen ? "listen" : "connect";
  if (!failure.empty()) return fmt::format("{} failed: {}", what(), failure);
  if (!lookup_error.empty())
    return fmt::format("{} failed: the name can't be resolved: {}", what(), lookup_error);
  if (named && !refused.empty())
    return fmt::format(
        R"({} is not permitted: it resolves to {}; add "{}" to the tenant's "{}" list)", what(),
        refused, to_text(refused, port), list);
  return fmt::format(R"({} is not permitted: add it to the tenant's "{}" list)", what(), list);
}

}  // namespace moonward::host
