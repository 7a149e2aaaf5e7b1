/// What a probe asks: an endpoint of a tenant's server, and how.
///
///     tcp://127.0.0.1:8001     sends "PING n", expects "PONG n"
///     http://127.0.0.1:8080/   sends GET with keep-alive, expects a 200
///
/// Value type; any thread.
#pragma once

#include "policies/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::host {

struct probe_target {
  enum class protocol : std::uint8_t { line, http };
  protocol speaks = protocol::line;
  std::string address;  ///< an IP address, without brackets
  std::uint16_t port = 0;
  std::string path;  ///< of http

  /// "tcp 127.0.0.1:8001", "http 127.0.0.1:8080".
  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool operator==(const probe_target&) const = default;
};

/// Reads "tcp://ADDRESS:PORT" or "http://ADDRESS:PORT/PATH".
[[nodiscard]] policies::result<probe_target> parse_probe(std::string_view text);

}  // namespace moonward::host
