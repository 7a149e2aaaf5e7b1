#include "policies/endpoint_pattern.hpp"

#include "policies/special_ranges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace moonward::policies {

namespace {

constexpr std::string_view forms =
    R"(write address:port, such as "127.0.0.1:8001", "10.0.0.0/8:443", "[::1]:*" or "*:443")";
constexpr std::string_view listen_forms =
    R"(write an own address and a port, such as "127.0.0.1:8001", "0.0.0.0:8001" or "[::1]:*")";

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& character : copy) {
    if (character >= 'A' && character <= 'Z') {
      character = static_cast<char>(character - 'A' + 'a');
    }
  }
  return copy;
}

std::string_view without_final_dot(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

bool equal_names(std::string_view asked, std::string_view lower_name) noexcept {
  return std::equal(asked.begin(), asked.end(), lower_name.begin(), lower_name.end(),
                    [](char left, char right) {
                      return (left >= 'A' && left <= 'Z' ? left - 'A' + 'a' : left) == right;
                    });
}

bool is_below(std::string_view asked, std::string_view lower_name) noexcept {
  return asked.size() > lower_name.size() + 1 &&
         asked[asked.size() - lower_name.size() - 1] == '.' &&
         equal_names(asked.substr(asked.size() - lower_name.size()), lower_name);
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > longest_label || label.front() == '-' ||
      label.back() == '-') {
    return false;
  }
  return std::all_of(label.begin(), label.end(), [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           character == '-' || character == '_';
  });
}

// A last label of digits alone would be an address in some notation ("127.1", "0x7f.1",
// "2130706433").
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name) {
    return false;
  }
  std::string_view last;
  while (true) {
    const std::size_t dot = name.find('.');
    last = name.substr(0, dot);
    if (!is_label(last)) {
      return false;
    }
    if (dot == std::string_view::npos) {
      break;
    }
    name.remove_prefix(dot + 1);
  }
  return !(last.front() >= '0' && last.front() <= '9');
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

failure refused(std::string_view what, endpoint_use use) {
  return {fmt::format("{}; {}", what, use == endpoint_use::listen ? listen_forms : forms)};
}

}  // namespace

result<endpoint_pattern> endpoint_pattern::parse(std::string_view text, endpoint_use use) {
  const std::size_t colon = text.rfind(':');
  if (text.empty()) {
    return refused("is empty", use);
  }
  const bool bracketed = text.front() == '[';
  const std::size_t bracket = text.find(']');
  if (bracketed && bracket == std::string_view::npos) {
    return refused("has no closing bracket", use);
  }
  if (colon == std::string_view::npos || (bracketed && colon < bracket)) {
    return refused("has no port", use);
  }
  std::string_view host = text.substr(0, colon);
  if (bracketed) {
    if (bracket + 1 != host.size()) {
      return refused("has text between the bracket and the port", use);
    }
    host = host.substr(1, bracket - 1);
  } else if (host.find(':') != std::string_view::npos) {
    return refused("has an IPv6 address without brackets", use);
  }
  endpoint_pattern pattern;
  if (const auto read = pattern.read_ports(text.substr(colon + 1)); read.has_error()) {
    return refused(read.error().text, use);
  }
  if (bracketed && host.find(':') == std::string_view::npos) {
    return refused("has brackets around what is no IPv6 address", use);
  }
  if (const auto read = pattern.read_host(host, use); read.has_error()) {
    return refused(read.error().text, use);
  }
  return pattern;
}

result<void> endpoint_pattern::read_ports(std::string_view text) {
  if (text == "*") {
    return {};
  }
  const std::size_t dash = text.find('-');
  const std::string_view first = text.substr(0, dash);
  const std::string_view last = dash == std::string_view::npos ? first : text.substr(dash + 1);
  if (!read_number(first, first_port_) || !read_number(last, last_port_) || first_port_ == 0) {
    return failure{fmt::format(
        "has the port \"{}\", but a port is 1 to 65535, a range such as 8000-8010, or *", text)};
  }
  if (first_port_ > last_port_) {
    return failure{fmt::format("has the range of ports {}, which is empty", text)};
  }
  return {};
}

result<void> endpoint_pattern::read_host(std::string_view text, endpoint_use use) {
  if (text.empty()) {
    return failure{"has no address"};
  }
  if (text == "*") {
    if (use == endpoint_use::listen) {
      return failure{"names no address to listen on"};
    }
    kind_ = host_kind::any_public;
    return {};
  }
  const std::size_t slash = text.find('/');
  if (const auto address = ip_address::parse(text.substr(0, slash))) {
    kind_ = host_kind::network;
    network_ = *address;
    unsigned bits = address->bit_count();
    if (slash != std::string_view::npos) {
      // A mapped IPv6 address was turned into its IPv4 one; its prefix counts 96 bits more.
      const bool mapped =
          !address->is_v6() && text.substr(0, slash).find(':') != std::string_view::npos;
      const unsigned shift = mapped ? 96U : 0U;
      unsigned written = 0;
      if (!read_number(text.substr(slash + 1), written) || written < shift ||
          written > bits + shift) {
        return failure{fmt::format("has the prefix length \"{}\", but it is {} to {} here",
                                   text.substr(slash + 1), shift, bits + shift)};
      }
      bits = written - shift;
    }
    prefix_bits_ = static_cast<std::uint8_t>(bits);
    std::array<std::uint8_t, 16> rest{};
    std::copy(network_.octets().begin(), network_.octets().end(), rest.begin());
    for (unsigned bit = bits; bit < network_.bit_count(); ++bit) {
      if ((rest[bit / 8] & (0x80U >> (bit % 8))) != 0) {
        return failure{
            fmt::format("has address bits set beyond its prefix of {} bits", prefix_bits_)};
      }
    }
    return {};
  }
  if (use == endpoint_use::listen) {
    return failure{fmt::format("\"{}\" is not an address", text)};
  }
  const bool subdomains = text.starts_with("*.");
  std::string name = lower(without_final_dot(subdomains ? text.substr(2) : text));
  if (name == "localhost" || name.ends_with(".localhost")) {
    return failure{"\"localhost\" is a loopback address, which must be named by address"};
  }
  if (!is_host_name(name)) {
    return failure{fmt::format("\"{}\" is neither an address nor a host name", text)};
  }
  kind_ = subdomains ? host_kind::subdomains : host_kind::name;
  name_ = std::move(name);
  return {};
}

bool endpoint_pattern::names_outright(const ip_address& address) const noexcept {
  return in_network(address, network_, prefix_bits_) &&
         prefix_bits_ >= special_prefix_bits(address);
}

bool endpoint_pattern::opens_name(std::string_view name) const noexcept {
  const std::string_view asked = without_final_dot(name);
  switch (kind_) {
    case host_kind::any_public: return true;
    case host_kind::network: return false;
    case host_kind::name: return equal_names(asked, name_);
    case host_kind::subdomains: return is_below(asked, name_);
  }
  return false;
}

bool endpoint_pattern::matches(const ip_address& address, std::uint16_t port,
                               std::string_view asked_host) const noexcept {
  if (port < first_port_ || port > last_port_) {
    return false;
  }
  const std::string_view asked = without_final_dot(asked_host);
  switch (kind_) {
    case host_kind::any_public: return address.is_public();
    case host_kind::network: return names_outright(address);
    case host_kind::name: return equal_names(asked, name_) && address.is_public();
    case host_kind::subdomains: return is_below(asked, name_) && address.is_public();
  }
  return false;
}

std::string endpoint_pattern::to_string() const {
  std::string host;
  switch (kind_) {
    case host_kind::any_public: host = "*"; break;
    case host_kind::network:
      host = network_.to_string();
      if (prefix_bits_ != network_.bit_count()) {
        host += fmt::format("/{}", prefix_bits_);
      }
      if (network_.is_v6()) {
        host = fmt::format("[{}]", host);
      }
      break;
    case host_kind::name: host = name_; break;
    case host_kind::subdomains: host = "*." + name_; break;
  }
  if (first_port_ == 0 && last_port_ == 65535) {
    return host + ":*";
  }
  if (first_port_ == last_port_) {
    return fmt::format("{}:{}", host, first_port_);
  }
  return fmt::format("{}:{}-{}", host, first_port_, last_port_);
}

bool allowed_by(std::span<const endpoint_pattern> list, const ip_address& address,
                std::uint16_t port, std::string_view asked_host) noexcept {
  return std::any_of(list.begin(), list.end(), [&](const endpoint_pattern& pattern) {
    return pattern.matches(address, port, asked_host);
  });
}

bool may_look_up(std::span<const endpoint_pattern> list, std::string_view name) noexcept {
  if (list.empty() || name.size() > longest_name + 1) {
    return false;
  }
  const std::string bare = lower(without_final_dot(name));
  if (!is_host_name(bare)) {
    return false;
  }
  return bare == "localhost" ||
         std::any_of(list.begin(), list.end(),
                     [&](const endpoint_pattern& pattern) { return pattern.opens_name(bare); });
}

}  // namespace moonward::policies
