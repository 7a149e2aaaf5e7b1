/// A service's way to its sockets: implements sandbox::socket_port.
///
/// Remembers the sockets that the service has used, so that a write takes no lock: the owner, kept
/// in each socket, is what counts. Thread: the worker that runs the service, one at a time.
#pragma once

#include "host/net/connection.hpp"
#include "host/net/listener.hpp"
#include "host/net/net_context.hpp"

#include "sandbox/host_port.hpp"

#include <cstddef>
#include <memory>
#include <unordered_map>

namespace moonward::host {

class network_port final : public sandbox::socket_port {
 public:
  network_port(net_context& context, const socket_owner& owner);
  /// Closes what the service has left open.
  ~network_port() override;

  void listen(std::int32_t session, std::string_view address, int port,
              int backlog) noexcept override;
  void connect(std::int32_t session, std::string_view address, int port) noexcept override;
  void resolve(std::int32_t session, std::string_view name) noexcept override;
  [[nodiscard]] bool control(std::uint64_t socket, sandbox::socket_op op) noexcept override;
  [[nodiscard]] sandbox::write_result write(std::uint64_t socket,
                                            std::span<const std::string_view> pieces,
                                            bool low) noexcept override;
  void consumed(std::uint64_t socket, std::uint64_t bytes) noexcept override;
  [[nodiscard]] sandbox::message* netstat() noexcept override;

 private:
  /// The socket, if the service owns it and it isn't closing.
  [[nodiscard]] net_socket* find(std::uint64_t id) noexcept;
  [[nodiscard]] bool start(std::uint64_t id) noexcept;
  void forget_ended() noexcept;
  void fail(std::int32_t session, std::string_view text) noexcept;
  void push(sandbox::message* m) noexcept;
  /// Admits the socket and has its host resolved, which opens it.
  template <typename Socket>
  void open(std::unique_ptr<open_plan> plan) noexcept;

  net_context& context_;
  const socket_owner owner_;
  std::unordered_map<std::uint64_t, net_socket_ptr> known_;
  std::size_t sweep_at_ = 64;
};

}  // namespace moonward::host
