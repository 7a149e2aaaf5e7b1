#include "host/net/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>

namespace moonward::host {

namespace {

using boost::asio::ip::tcp;

bool set_option(int descriptor, int level, int option, int value) noexcept {
  return ::setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

tcp::endpoint ask(int descriptor, int (*getter)(int, sockaddr*, socklen_t*)) noexcept {
  tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (getter(descriptor, endpoint.data(), &size) == 0 && size <= endpoint.capacity())
    endpoint.resize(size);
  return endpoint;
}

}  // namespace

tcp::endpoint to_endpoint(const policies::ip_address& address, std::uint16_t port) {
  const auto octets = address.octets();
  if (address.is_v6()) {
    boost::asio::ip::address_v6::bytes_type bytes{};
    std::copy(octets.begin(), octets.end(), bytes.begin());
    return {boost::asio::ip::address_v6{bytes}, port};
  }
  boost::asio::ip::address_v4::bytes_type bytes{};
  std::copy(octets.begin(), octets.end(), bytes.begin());
  return {boost::asio::ip::address_v4{bytes}, port};
}

std::string to_text(std::string_view address, int port) {
  return address.find(':') == std::string_view::npos ? fmt::format("{}:{}", address, port)
                                                     : fmt::format("[{}]:{}", address, port);
}

std::string to_text(const tcp::endpoint& endpoint) {
  return to_text(endpoint.address().to_string(), endpoint.port());
}

tcp::endpoint local_endpoint(int descriptor) noexcept {
  return ask(descriptor, [](int d, sockaddr* a, socklen_t* s) { return ::getsockname(d, a, s); });
}

tcp::endpoint peer_endpoint(int descriptor) noexcept {
  return ask(descriptor, [](int d, sockaddr* a, socklen_t* s) { return ::getpeername(d, a, s); });
}

int open_tcp_socket(bool v6) noexcept {
  const int descriptor =
      ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return -1;
  // Refusals of these cost comfort, not correctness; but an IPv6 listener that also took IPv4
  // would listen where no pattern allows it.
  (void)set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  (void)set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  if (v6) (void)set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return descriptor;
}

int pending_error(int descriptor) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool has_unread_input(int descriptor) noexcept {
  int unread = 0;
  return ::ioctl(descriptor, FIONREAD, &unread) == 0 && unread > 0;
}

std::string error_text(int error) { return std::generic_category().message(error); }

}  // namespace moonward::host
