#include "policies/endpoint_pattern.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

using namespace moonward::policies;

namespace {

endpoint_pattern connect_pattern(std::string_view text) {
  auto pattern = endpoint_pattern::parse(text, endpoint_use::connect);
  BOOST_REQUIRE_MESSAGE(pattern.has_value(), text << ": " << pattern.error().text);
  return *pattern;
}

ip_address address(std::string_view text) {
  const auto parsed = ip_address::parse(text);
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), text);
  return *parsed;
}

bool allows(std::string_view pattern, std::string_view to, std::uint16_t port = 443,
            std::string_view asked = {}) {
  return connect_pattern(pattern).matches(address(to), port, asked);
}

std::string refusal(std::string_view text, endpoint_use use = endpoint_use::connect) {
  const auto pattern = endpoint_pattern::parse(text, use);
  return pattern.has_error() ? pattern.error().text : "accepted";
}

const std::string forms =
    R"(; write address:port, such as "127.0.0.1:8001", "10.0.0.0/8:443", "[::1]:*" or "*:443")";
const std::string listen_forms =
    R"(; write an own address and a port, such as "127.0.0.1:8001", "0.0.0.0:8001" or "[::1]:*")";

constexpr std::array special_addresses{
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.1.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:0",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
};

constexpr std::array public_addresses{
    "1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",  "100.128.0.0",
    "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",     "172.15.255.255",
    "172.32.0.0",      "192.167.255.255", "192.169.0.0",     "223.255.255.255", "::ffff:8.8.8.8",
    "2600::1",         "2a00:1450::1",    "2001:200::1",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(endpoint_patterns)

BOOST_AUTO_TEST_CASE(an_address_pattern_matches_that_address_and_port_alone) {
  BOOST_TEST(allows("127.0.0.1:8001", "127.0.0.1", 8001));
  BOOST_TEST(!allows("127.0.0.1:8001", "127.0.0.1", 8002));
  BOOST_TEST(!allows("127.0.0.1:8001", "127.0.0.2", 8001));
  BOOST_TEST(!allows("127.0.0.1:8001", "::1", 8001));
  BOOST_TEST(allows("[::1]:*", "::1", 1));
  BOOST_TEST(allows("[::1]:*", "::1", 65535));
  BOOST_TEST(!allows("[::1]:*", "::2", 1));
}

BOOST_AUTO_TEST_CASE(a_network_pattern_matches_to_its_last_address) {
  BOOST_TEST(allows("10.0.0.0/8:443", "10.255.255.255"));
  BOOST_TEST(!allows("10.0.0.0/8:443", "11.0.0.0"));
  BOOST_TEST(allows("192.168.4.0/23:443", "192.168.5.255"));
  BOOST_TEST(!allows("192.168.4.0/23:443", "192.168.6.0"));
  BOOST_TEST(allows("[fd00::/8]:443", "fdff::1"));
  BOOST_TEST(!allows("[fd00::/8]:443", "fc00::1"));
}

BOOST_AUTO_TEST_CASE(a_port_range_includes_both_ends) {
  BOOST_TEST(!allows("1.1.1.1:8000-8010", "1.1.1.1", 7999));
  BOOST_TEST(allows("1.1.1.1:8000-8010", "1.1.1.1", 8000));
  BOOST_TEST(allows("1.1.1.1:8000-8010", "1.1.1.1", 8010));
  BOOST_TEST(!allows("1.1.1.1:8000-8010", "1.1.1.1", 8011));
}

BOOST_AUTO_TEST_CASE(a_star_matches_public_addresses_alone) {
  for (const std::string_view text : public_addresses) {
    BOOST_TEST(address(text).is_public(), text);
    BOOST_TEST(allows("*:443", text), text);
  }
  for (const std::string_view text : special_addresses) {
    BOOST_TEST(!address(text).is_public(), text);
    BOOST_TEST(!allows("*:443", text), text);
    BOOST_TEST(!allows("*:443", text, 443, "example.org"), text);
  }
}

BOOST_AUTO_TEST_CASE(a_wide_network_does_not_name_the_special_ranges_inside_it) {
  for (const std::string_view text : special_addresses) {
    const std::string_view everything = address(text).is_v6() ? "[::/0]:*" : "0.0.0.0/0:*";
    BOOST_TEST(!allows(everything, text), text);
  }
  BOOST_TEST(allows("0.0.0.0/0:*", "8.8.8.8"));
  BOOST_TEST(allows("[::/0]:*", "2600::1"));
  BOOST_TEST(!allows("8.0.0.0/5:443", "10.0.0.1"));
  BOOST_TEST(!allows("126.0.0.0/7:443", "127.0.0.1"));
  BOOST_TEST(allows("127.0.0.0/8:443", "127.0.0.1"));
}

BOOST_AUTO_TEST_CASE(every_special_address_is_allowed_when_named_outright) {
  for (const std::string_view text : special_addresses) {
    const ip_address named = address(text);
    const std::string host = named.is_v6() ? "[" + named.to_string() + "]" : named.to_string();
    BOOST_TEST(allows(host + ":443", text), text);
  }
}

BOOST_AUTO_TEST_CASE(a_mapped_address_counts_as_the_one_inside) {
  BOOST_TEST((address("::ffff:127.0.0.1") == address("127.0.0.1")));
  BOOST_TEST(allows("127.0.0.1:443", "::ffff:127.0.0.1"));
  BOOST_TEST(allows("[::ffff:10.0.0.0/104]:443", "10.1.2.3"));
  BOOST_TEST(connect_pattern("[::ffff:10.0.0.0/104]:443").to_string() == "10.0.0.0/8:443");
}

BOOST_AUTO_TEST_CASE(a_name_pattern_goes_by_the_name_that_was_asked_for) {
  BOOST_TEST(allows("example.org:443", "1.1.1.1", 443, "example.org"));
  BOOST_TEST(allows("Example.ORG:443", "1.1.1.1", 443, "eXample.org."));
  BOOST_TEST(!allows("example.org:443", "1.1.1.1", 443, "example.com"));
  BOOST_TEST(!allows("example.org:443", "1.1.1.1", 443, "www.example.org"));
  BOOST_TEST(!allows("example.org:443", "1.1.1.1", 443));
}

BOOST_AUTO_TEST_CASE(a_name_that_resolves_to_a_private_address_is_not_allowed_by_its_name) {
  for (const std::string_view text : special_addresses) {
    BOOST_TEST(!allows("example.org:443", text, 443, "example.org"), text);
  }
  const std::array list{connect_pattern("example.org:443"), connect_pattern("10.0.0.5:443")};
  BOOST_TEST(allowed_by(list, address("10.0.0.5"), 443, "example.org"));
  BOOST_TEST(!allowed_by(list, address("10.0.0.6"), 443, "example.org"));
}

BOOST_AUTO_TEST_CASE(a_subdomain_pattern_leaves_the_domain_itself_out) {
  BOOST_TEST(allows("*.example.org:443", "1.1.1.1", 443, "www.example.org"));
  BOOST_TEST(allows("*.example.org:443", "1.1.1.1", 443, "a.b.Example.org"));
  BOOST_TEST(!allows("*.example.org:443", "1.1.1.1", 443, "example.org"));
  BOOST_TEST(!allows("*.example.org:443", "1.1.1.1", 443, "badexample.org"));
}

BOOST_AUTO_TEST_CASE(an_empty_list_allows_nothing) {
  BOOST_TEST(!allowed_by({}, address("1.1.1.1"), 443));
}

BOOST_AUTO_TEST_CASE(patterns_print_in_their_normal_form_and_read_back) {
  for (const std::string_view text :
       {"127.0.0.1:8001", "10.0.0.0/8:443", "[::1]:*", "*:443", "*:*", "example.org:443",
        "*.example.org:1-65535", "[fd00::/8]:8000-8010"}) {
    BOOST_TEST(connect_pattern(text).to_string() == text);
    BOOST_TEST((connect_pattern(connect_pattern(text).to_string()) == connect_pattern(text)));
  }
  BOOST_TEST(connect_pattern("[0:0::1]:80-80").to_string() == "[::1]:80");
  BOOST_TEST(connect_pattern("1.2.3.4/32:80").to_string() == "1.2.3.4:80");
}

BOOST_AUTO_TEST_CASE(what_is_no_pattern_is_refused_with_the_reason) {
  BOOST_TEST(refusal("") == "is empty" + forms);
  BOOST_TEST(refusal("127.0.0.1") == "has no port" + forms);
  BOOST_TEST(refusal("[::1]") == "has no port" + forms);
  BOOST_TEST(refusal("[::1") == "has no closing bracket" + forms);
  BOOST_TEST(refusal("::1:80") == "has an IPv6 address without brackets" + forms);
  BOOST_TEST(refusal("[::1]x:80") == "has text between the bracket and the port" + forms);
  BOOST_TEST(refusal("[1.2.3.4]:80") == "has brackets around what is no IPv6 address" + forms);
  BOOST_TEST(refusal(":80") == "has no address" + forms);
  BOOST_TEST(refusal("10.0.0.1/8:80") ==
             "has address bits set beyond its prefix of 8 bits" + forms);
  BOOST_TEST(refusal("10.0.0.0/33:80") ==
             R"(has the prefix length "33", but it is 0 to 32 here)" + forms);
  BOOST_TEST(refusal("10.0.0.0/:80") ==
             R"(has the prefix length "", but it is 0 to 32 here)" + forms);
  BOOST_TEST(refusal("localhost:80") ==
             R"("localhost" is a loopback address, which must be named by address)" + forms);
  BOOST_TEST(refusal("under score!:80") ==
             R"("under score!" is neither an address nor a host name)" + forms);
}

BOOST_AUTO_TEST_CASE(a_port_is_one_to_65535) {
  const auto port_error = [](const std::string& port) {
    return "has the port \"" + port +
           "\", but a port is 1 to 65535, a range such as 8000-8010, or *" + forms;
  };
  BOOST_TEST(refusal("1.1.1.1:1") == "accepted");
  BOOST_TEST(refusal("1.1.1.1:65535") == "accepted");
  for (const std::string port : {"", "0", "65536", "-1", "80x", "80-", "-80", "0-80", "*-80"}) {
    BOOST_TEST(refusal("1.1.1.1:" + port) == port_error(port));
  }
  BOOST_TEST(refusal("1.1.1.1:90-80") == "has the range of ports 90-80, which is empty" + forms);
}

BOOST_AUTO_TEST_CASE(other_notations_of_an_address_are_not_taken_for_names) {
  for (const std::string host : {"127.1", "2130706433", "0x7f.1", "0177.0.0.1", "1.2.3.4.5"}) {
    BOOST_TEST(refusal(host + ":80") ==
               "\"" + host + "\" is neither an address nor a host name" + forms);
  }
}

BOOST_AUTO_TEST_CASE(a_listen_pattern_names_addresses_of_this_machine) {
  BOOST_TEST(refusal("0.0.0.0:8001", endpoint_use::listen) == "accepted");
  BOOST_TEST(refusal("*:8001", endpoint_use::listen) ==
             "names no address to listen on" + listen_forms);
  BOOST_TEST(refusal("example.org:80", endpoint_use::listen) ==
             R"("example.org" is not an address)" + listen_forms);
  const auto pattern = endpoint_pattern::parse("0.0.0.0:8001", endpoint_use::listen).value();
  BOOST_TEST(pattern.matches(address("0.0.0.0"), 8001));
  BOOST_TEST(!pattern.matches(address("127.0.0.1"), 8001));
}

BOOST_AUTO_TEST_CASE(a_name_is_looked_up_when_a_line_opens_it) {
  const auto may = [](std::string_view pattern, std::string_view name) {
    const std::array list{connect_pattern(pattern)};
    return may_look_up(list, name);
  };
  BOOST_TEST(may("*:443", "secret-words.evil.example"));
  BOOST_TEST(may("example.org:443", "example.org"));
  BOOST_TEST(may("example.org:443", "EXAMPLE.ORG."));
  BOOST_TEST(!may("example.org:443", "www.example.org"));
  BOOST_TEST(!may("example.org:443", "secret-words.evil.example"));
  BOOST_TEST(may("*.example.org:443", "www.example.org"));
  BOOST_TEST(!may("*.example.org:443", "example.org"));
  BOOST_TEST(!may("*.example.org:443", "badexample.org"));
  BOOST_TEST(!may("10.0.0.0/8:443", "secret-words.evil.example"));
  BOOST_TEST(may("127.0.0.1:80", "localhost"));
  BOOST_TEST(!may_look_up({}, "localhost"));
  for (const std::string_view odd : {"", ".", "fe80::1%lo", "a b", "a..b", "x\n", "127.1",
                                     "0x7f000001", "2130706433", "a/b", "unix:x"})
    BOOST_TEST(!may("*:443", odd), odd);
  BOOST_TEST(!may("*:443", std::string(300, 'a')));
}

BOOST_AUTO_TEST_CASE(any_free_port_needs_a_star) {
  BOOST_TEST(allows("127.0.0.1:*", "127.0.0.1", 0));
  BOOST_TEST(!allows("127.0.0.1:1-65535", "127.0.0.1", 0));
}

BOOST_AUTO_TEST_SUITE_END()
