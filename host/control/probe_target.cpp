#include "host/control/probe_target.hpp"

#include "policies/endpoint_pattern.hpp"
#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <charconv>

namespace moonward::host {

namespace {

policies::failure refused(std::string_view text, std::string_view why) {
  return {
      fmt::format("{}: {}; write tcp://ADDRESS:PORT or http://ADDRESS:PORT/PATH, such as "
                  "tcp://127.0.0.1:8001",
                  policies::quote_text(text), why)};
}

bool starts_with(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_printable(std::string_view text) noexcept {
  for (const char character : text)
    if (character <= ' ' || character > '~') return false;
  return true;
}

}  // namespace

std::string probe_target::name() const {
  const bool is_v6 = address.find(':') != std::string::npos;
  return fmt::format("{} {}{}{}:{}", speaks == protocol::http ? "http" : "tcp", is_v6 ? "[" : "",
                     address, is_v6 ? "]" : "", port);
}

policies::result<probe_target> parse_probe(std::string_view text) {
  std::string_view rest = text;
  probe_target target;
  if (starts_with(rest, "http://")) {
    target.speaks = probe_target::protocol::http;
    const std::size_t slash = rest.find('/');
    target.path = slash == std::string_view::npos ? "/" : std::string{rest.substr(slash)};
    rest = rest.substr(0, slash);
    if (!is_printable(target.path)) return refused(text, "the path has odd characters");
  } else if (!starts_with(rest, "tcp://")) {
    return refused(text, "the protocol is neither tcp nor http");
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return refused(text, "the port is missing");
  std::string_view address = rest.substr(0, colon);
  const std::string_view port = rest.substr(colon + 1);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (!policies::ip_address::parse(address)) return refused(text, "the address is no IP address");
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (error != std::errc{} || end != port.data() + port.size() || target.port == 0)
    return refused(text, "the port is no number from 1 to 65535");
  target.address = address;
  return target;
}

}  // namespace moonward::host
