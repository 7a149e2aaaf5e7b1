/// The network of the host: I/O threads, resolver, and the sockets of all tenants.
///
/// Order of life: sink and tenants, network, service ports; ports must be gone, and `stop` have
/// returned, before tenants, their accounts and the sink go.
/// Thread: any, but construction, `stop` and destruction, which are for one thread.
#pragma once

#include "host/net/network_options.hpp"
#include "host/net/network_sink.hpp"
#include "host/net/tenant_net.hpp"

#include "sandbox/host_port.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace moonward::host {

class network {
 public:
  /// Launches the threads. Throws std::system_error when the system has no descriptors for them.
  network(network_sink& sink, const network_threads& threads, network_options options = {});
  /// Stops without waiting for queued data.
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// The sockets of a service, which must have a mailbox by now. Destroying the port closes them.
  [[nodiscard]] std::unique_ptr<sandbox::socket_port> port_for(const socket_owner& owner);
  /// When a service ends: its listeners and connections are closed, queued data is sent first.
  void close_all(sandbox::handle service) noexcept;
  [[nodiscard]] std::size_t sockets_of(sandbox::handle service) const;

  /// Open sockets and look-ups under way: while it is 0 no message can come from the network.
  [[nodiscard]] std::uint64_t pending() const;

  /// What workers write to when they ask for something: for their system call filter.
  [[nodiscard]] std::vector<int> wake_descriptors() const;

  /// Closes everything; queued data is sent for up to `drain`. Nothing is opened any more.
  void stop(std::chrono::milliseconds drain);

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace moonward::host
