// Endpoint patterns and addresses: what is read is printed so that it reads as the same; and no
// pattern but one that names it outright opens an address that is not public.
#include "policies/endpoint_pattern.hpp"

#include "check.hpp"

#include <array>
#include <string>
#include <string_view>

using namespace moonward::policies;

namespace {

// Whether a pattern in its normal form names an address or a network.
bool names_addresses(std::string_view normal) {
  return normal.front() == '[' || ip_address::parse(normal.substr(0, normal.find_first_of(":/")));
}

void check_pattern(std::string_view text, endpoint_use use) {
  const auto read = endpoint_pattern::parse(text, use);
  if (read.has_error()) {
    FUZZ_CHECK(!read.error().text.empty());
    return;
  }
  const std::string normal = read->to_string();
  const auto again = endpoint_pattern::parse(normal, use);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == *read);
  FUZZ_CHECK(again->to_string() == normal);
  if (names_addresses(normal)) return;
  // A name or "*" opens none of these, whatever it was asked for.
  for (const std::string_view special :
       {"127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "0.0.0.0",
        "64:ff9b::7f00:1"})
    for (const std::uint16_t port : std::array<std::uint16_t, 3>{0, 80, 65535})
      FUZZ_CHECK(!read->matches(*ip_address::parse(special), port, text));
}

void check_address(std::string_view text) {
  const auto address = ip_address::parse(text);
  if (!address) return;
  const std::string printed = address->to_string();
  const auto again = ip_address::parse(printed);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == *address);
  FUZZ_CHECK(address->octets().size() * 8 == address->bit_count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_pattern(text, endpoint_use::listen);
  check_pattern(text, endpoint_use::connect);
  check_address(text);
  return 0;
}
