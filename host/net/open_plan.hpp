/// How a socket is to be opened: where, for which session, and what has been tried.
///
/// Every address is checked against the tenant's allow-list right before it is used, and used as
/// it was checked; a name has no say but in patterns that name it.
/// Thread: made by a worker, filled in by the resolver, used up by the socket's I/O thread.
#pragma once

#include "policies/endpoint_pattern.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace moonward::host {

struct open_plan {
  policies::endpoint_use use = policies::endpoint_use::connect;
  std::int32_t session = 0;
  std::string host;    ///< as the script gave it
  bool named = false;  ///< `host` is a name, not an address
  std::uint16_t port = 0;
  int backlog = 0;
  std::vector<policies::ip_address> addresses;
  std::size_t next = 0;
  std::string lookup_error;
  std::string failure;  ///< of the last address tried
  std::string refused;  ///< the first address that the list doesn't allow

  /// The next address that the list allows; nothing when there is no other.
  [[nodiscard]] std::optional<policies::ip_address> next_allowed(
      std::span<const policies::endpoint_pattern> list);
  /// Why it couldn't be opened, with the way out.
  [[nodiscard]] std::string error_text() const;
  /// "connect to example.org:80": what error texts start with.
  [[nodiscard]] std::string what() const;
};

}  // namespace moonward::host
