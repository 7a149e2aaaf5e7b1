/// Addresses and descriptors, as the sockets of host/net use them.
///
/// Pure functions over the system's calls; any thread.
#pragma once

#include "policies/endpoint_pattern.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::host {

[[nodiscard]] boost::asio::ip::tcp::endpoint to_endpoint(const policies::ip_address& address,
                                                         std::uint16_t port);
/// "127.0.0.1:80" or "[::1]:80".
[[nodiscard]] std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint);
[[nodiscard]] std::string to_text(std::string_view address, int port);
/// What the system says is at this or the other end of a socket; "" when it doesn't know.
[[nodiscard]] boost::asio::ip::tcp::endpoint local_endpoint(int descriptor) noexcept;
[[nodiscard]] boost::asio::ip::tcp::endpoint peer_endpoint(int descriptor) noexcept;

/// A non-blocking TCP socket with keep-alive and without Nagle's delay (writes are gathered, so it
/// could only add latency); -1 and errno on failure. What it accepts inherits both.
[[nodiscard]] int open_tcp_socket(bool v6) noexcept;

/// The error that a finished non-blocking connect left behind; 0 = connected.
[[nodiscard]] int pending_error(int descriptor) noexcept;
/// Whether there's input that nobody has read.
[[nodiscard]] bool has_unread_input(int descriptor) noexcept;
/// What errno means, without the thread-safety troubles of strerror.
[[nodiscard]] std::string error_text(int error);

}  // namespace moonward::host
