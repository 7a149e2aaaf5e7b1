// Endpoint patterns: the lines of a tenant's `listen` and `connect` allow-lists.
// The check is made on the address that will really be used, after a name was resolved, so a name
// that resolves to another address between check and use gains nothing.
// Invariant: an address that is not public (loopback, private, link-local, shared, multicast,
// unspecified, documentation, or an IPv4 one of these inside an IPv6 one) matches only a pattern
// that names it outright: its own address, or a network no wider than the special range it is in.
// Value types; any thread.
#pragma once

#include "policies/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace moonward::policies {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is kept as the IPv4 one,
/// since that is where its packets go.
class ip_address {
 public:
  [[nodiscard]] static ip_address v4(std::array<std::uint8_t, 4> octets) noexcept;
  [[nodiscard]] static ip_address v6(std::array<std::uint8_t, 16> octets) noexcept;

  /// Reads "127.0.0.1" or "::1" (no brackets, no zone). Nothing for any other text: octal, hex and
  /// shortened IPv4 forms are not addresses.
  [[nodiscard]] static std::optional<ip_address> parse(std::string_view text) noexcept;

  [[nodiscard]] bool is_v6() const noexcept { return is_v6_; }
  /// 4 or 16 octets in network order.
  [[nodiscard]] std::span<const std::uint8_t> octets() const noexcept {
    return {octets_.data(), is_v6_ ? std::size_t{16} : std::size_t{4}};
  }
  /// 32 or 128.
  [[nodiscard]] unsigned bit_count() const noexcept { return is_v6_ ? 128U : 32U; }

  /// Whether the address is reachable on the public Internet as such. False for every special
  /// range.
  [[nodiscard]] bool is_public() const noexcept;

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool operator==(const ip_address&) const noexcept = default;

 private:
  std::array<std::uint8_t, 16> octets_{};
  bool is_v6_ = false;
};

/// What a pattern is for: `listen` patterns name addresses of this machine, so they take neither
/// host names nor "*" for the address.
enum class endpoint_use : std::uint8_t { listen, connect };

class endpoint_pattern {
 public:
  /// Reads one pattern:
  ///   "127.0.0.1:8001"   one address and port          "10.0.0.0/8:443"  a network
  ///   "[::1]:*"          any port                      "[fd00::/8]:443"  an IPv6 network
  ///   "*:443"            any public address            "1.1.1.1:8000-8010"  a range of ports
  ///   "example.org:443"  what this name resolves to, if public; "*.example.org:443" its subdomains
  /// The last three forms of host are for `connect` only.
  [[nodiscard]] static result<endpoint_pattern> parse(std::string_view text, endpoint_use use);

  /// Whether the endpoint is allowed by this line. `asked_host` is the name the script asked for,
  /// empty when it gave an address; it opens name patterns only. Port 0 (any free port, in
  /// `listen`) matches "*" alone.
  [[nodiscard]] bool matches(const ip_address& address, std::uint16_t port,
                             std::string_view asked_host = {}) const noexcept;

  /// Whether this line lets a name be looked up: the question alone tells whoever runs the name's
  /// server something. "*" opens every name, a name itself, a subdomain pattern what is below it;
  /// a network opens none.
  [[nodiscard]] bool opens_name(std::string_view name) const noexcept;

  /// The pattern in its normal form; parse(to_string()) gives an equal pattern.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool operator==(const endpoint_pattern&) const = default;

 private:
  enum class host_kind : std::uint8_t { any_public, network, name, subdomains };

  endpoint_pattern() = default;
  [[nodiscard]] result<void> read_host(std::string_view text, endpoint_use use);
  [[nodiscard]] result<void> read_ports(std::string_view text);
  [[nodiscard]] bool names_outright(const ip_address& address) const noexcept;

  host_kind kind_ = host_kind::any_public;
  ip_address network_;            // of kind network
  std::uint8_t prefix_bits_ = 0;  // of kind network; counted in network_'s own family
  std::string name_;              // of kinds name and subdomains; lower case, no final dot
  std::uint16_t first_port_ = 0;
  std::uint16_t last_port_ = 65535;
};

/// Whether any line of an allow-list matches. An empty list allows nothing.
[[nodiscard]] bool allowed_by(std::span<const endpoint_pattern> list, const ip_address& address,
                              std::uint16_t port, std::string_view asked_host = {}) noexcept;

/// Whether a tenant with this `connect` list may have the name looked up: it is a host name, and a
/// line opens it. "localhost" is open to any list that isn't empty, since no server is asked.
[[nodiscard]] bool may_look_up(std::span<const endpoint_pattern> list,
                               std::string_view name) noexcept;

}  // namespace moonward::policies
