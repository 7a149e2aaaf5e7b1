/// The sockets of one tenant: by id, and by the service that owns them.
///
/// Ids count up from 1 and are never reused; another tenant's socket has no id here, so it can't
/// even be named. A service may own sockets from `add_owner` to `remove_owner`.
/// Thread: any; a mutex guards it, taken when a socket opens, changes hands or ends, not when it
/// is read or written.
#pragma once

#include "host/net/net_socket.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace moonward::host {

enum class admission : std::uint8_t { admitted, over_quota, owner_ended };

class socket_registry {
 public:
  /// Who may start a socket.
  enum class standing : std::uint8_t {
    owned,    ///< its owner alone
    takable,  ///< any service of the tenant
  };

  void add_owner(sandbox::handle service);
  /// From now on nothing is admitted for the service; what it owned.
  [[nodiscard]] std::vector<net_socket_ptr> remove_owner(sandbox::handle service);

  /// Gives the socket its id and its owner, unless `limit` sockets are open already.
  [[nodiscard]] admission admit(const net_socket_ptr& socket, sandbox::handle owner,
                                std::uint64_t limit, standing s);
  void remove(net_socket& socket) noexcept;

  [[nodiscard]] net_socket_ptr find(std::uint64_t id) const;
  /// The socket, if `service` owns it or may take it.
  [[nodiscard]] net_socket_ptr find_for(std::uint64_t id, sandbox::handle service) const;
  enum class taken : std::uint8_t { no, was_owner, changed_hands };
  /// Makes `service` the owner if it is or may be.
  [[nodiscard]] taken take(net_socket& socket, sandbox::handle service);
  /// Gives it up: others may take it.
  void abandon(net_socket& socket);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t size_of(sandbox::handle service) const;
  void set_addresses(net_socket& socket, std::string local, std::string peer);
  [[nodiscard]] std::vector<socket_row> describe() const;
  [[nodiscard]] std::vector<net_socket_ptr> all() const;

 private:
  using owned_list = std::vector<net_socket*>;
  void unlink(net_socket& socket) noexcept;

  mutable std::mutex mutex_;  // guards all below
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, net_socket_ptr> sockets_;
  std::unordered_map<sandbox::handle, owned_list> owners_;
};

}  // namespace moonward::host
