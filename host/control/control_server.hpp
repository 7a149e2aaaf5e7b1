/// Serves the control socket: one thread, few clients, each checked by the kernel's word on who it
/// is (the host's own user, or root).
///
/// Invariant: after `stop` no call into the port is running or begins, and every client has seen
/// the end of its connection. Made, stopped and destroyed by main; serves on a thread of role
/// control.
#pragma once

#include "host/control/control_port.hpp"
#include "host/control/control_socket.hpp"
#include "host/thread_role.hpp"

#include "policies/result.hpp"

#include <memory>

namespace moonward::host {

class control_server {
 public:
  /// Clients at a time; further ones are told so.
  static constexpr std::size_t max_clients = 64;

  /// Serves from now on. The socket and the port must outlive the server.
  [[nodiscard]] static policies::result<std::unique_ptr<control_server>> start(
      const control_socket& socket, control_port& port, const thread_setup& setup);
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;
  ~control_server();

  void stop() noexcept;

 private:
  struct implementation;
  explicit control_server(std::unique_ptr<implementation> i) noexcept;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace moonward::host
