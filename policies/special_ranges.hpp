// Which addresses are not public, and how wide a pattern may be that names them outright.
// Inside policies only. Pure functions; any thread.
#pragma once

#include "policies/endpoint_pattern.hpp"

namespace moonward::policies {

/// Whether the first `prefix_bits` bits agree. False across families.
[[nodiscard]] bool in_network(const ip_address& address, const ip_address& network,
                              unsigned prefix_bits) noexcept;

/// The prefix length of the special range that the address is in; 0 for a public address.
[[nodiscard]] unsigned special_prefix_bits(const ip_address& address) noexcept;

}  // namespace moonward::policies
