#include "policies/endpoint_pattern.hpp"
#include "policies/special_ranges.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace moonward::policies {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct special_range {
  std::string_view network;
  unsigned prefix_bits;
};

// IANA's special-purpose registries for IPv4 and, inside 2000::/3, for IPv6. Of IPv6 only 2000::/3
// is handed out as public; the other entries are there for the width that a pattern must have to
// name them outright. The ranges that carry an IPv4 address inside (6to4, Teredo, NAT64,
// IPv4-compatible) are special as a whole: what is in them may lead to a private IPv4 address.
constexpr std::array<special_range, 34> special_ranges{{
    {"0.0.0.0", 8},          // this network, unspecified
    {"10.0.0.0", 8},         // private
    {"100.64.0.0", 10},      // shared behind carrier-grade NAT
    {"127.0.0.0", 8},        // loopback
    {"169.254.0.0", 16},     // link-local, cloud metadata
    {"172.16.0.0", 12},      // private
    {"192.0.0.0", 24},       // protocol assignments
    {"192.0.2.0", 24},       // documentation
    {"192.88.99.0", 24},     // 6to4 relays
    {"192.168.0.0", 16},     // private
    {"198.18.0.0", 15},      // benchmarking
    {"198.51.100.0", 24},    // documentation
    {"203.0.113.0", 24},     // documentation
    {"224.0.0.0", 4},        // multicast
    {"240.0.0.0", 4},        // reserved, broadcast
    {"::", 128},             // unspecified
    {"::1", 128},            // loopback
    {"::", 96},              // IPv4-compatible
    {"64:ff9b::", 96},       // NAT64
    {"64:ff9b:1::", 48},     // local NAT64
    {"100::", 64},           // discard
    {"2001::", 23},          // protocol assignments, Teredo, ORCHID
    {"2001:db8::", 32},      // documentation
    {"2002::", 16},          // 6to4
    {"3fff::", 20},          // documentation
    {"5f00::", 16},          // segment routing
    {"fc00::", 7},           // private
    {"fe80::", 10},          // link-local
    {"fec0::", 10},          // site-local
    {"ff00::", 8},           // multicast
    {"2620:4f:8000::", 48},  // AS112
    {"192.31.196.0", 24},    // AS112
    {"192.52.193.0", 24},    // AMT
    {"192.175.48.0", 24},    // AS112
}};

// What an unassigned part of IPv6 (outside 2000::/3) asks of a pattern that names it.
constexpr unsigned unassigned_v6_prefix_bits = 16;

struct parsed_range {
  ip_address network;
  unsigned prefix_bits = 0;
};

const std::array<parsed_range, special_ranges.size()>& parsed_ranges() {
  static const auto ranges = [] {
    std::array<parsed_range, special_ranges.size()> all;
    for (std::size_t index = 0; index < all.size(); ++index) {
      all[index] = {ip_address::parse(special_ranges[index].network).value_or(ip_address{}),
                    special_ranges[index].prefix_bits};
    }
    return all;
  }();
  return ranges;
}

}  // namespace

bool in_network(const ip_address& address, const ip_address& network,
                unsigned prefix_bits) noexcept {
  if (address.is_v6() != network.is_v6()) {
    return false;
  }
  const auto left = address.octets();
  const auto right = network.octets();
  const std::size_t whole = prefix_bits / 8;
  if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole), right.begin())) {
    return false;
  }
  const unsigned rest = prefix_bits % 8;
  if (rest == 0) {
    return true;
  }
  const unsigned mask = 0xffU << (8U - rest);
  return ((left[whole] ^ right[whole]) & mask & 0xffU) == 0;
}

unsigned special_prefix_bits(const ip_address& address) noexcept {
  for (const parsed_range& range : parsed_ranges()) {
    if (in_network(address, range.network, range.prefix_bits)) {
      return range.prefix_bits;
    }
  }
  const bool assigned_v6 = (address.octets()[0] & 0xe0U) == 0x20U;
  return address.is_v6() && !assigned_v6 ? unassigned_v6_prefix_bits : 0;
}

ip_address ip_address::v4(std::array<std::uint8_t, 4> octets) noexcept {
  ip_address address;
  std::copy(octets.begin(), octets.end(), address.octets_.begin());
  return address;
}

ip_address ip_address::v6(std::array<std::uint8_t, 16> octets) noexcept {
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), octets.begin())) {
    return v4({octets[12], octets[13], octets[14], octets[15]});
  }
  ip_address address;
  address.octets_ = octets;
  address.is_v6_ = true;
  return address;
}

std::optional<ip_address> ip_address::parse(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET, terminated.data(), octets.data()) == 1) {
    return v4({octets[0], octets[1], octets[2], octets[3]});
  }
  if (::inet_pton(AF_INET6, terminated.data(), octets.data()) == 1) {
    return v6(octets);
  }
  return std::nullopt;
}

bool ip_address::is_public() const noexcept { return special_prefix_bits(*this) == 0; }

std::string ip_address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = is_v6_ ? AF_INET6 : AF_INET;
  if (::inet_ntop(family, octets_.data(), text.data(), text.size()) == nullptr) {
    return {};
  }
  return text.data();
}

}  // namespace moonward::policies
