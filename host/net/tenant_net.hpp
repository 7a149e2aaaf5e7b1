/// A tenant as the network sees it: its limits, its account, its sockets, its rate.
///
/// Made by the host with the tenant; it must live until `network::stop` has returned, as must the
/// account. Limits may be replaced while the host runs: they hold for what is opened from then on.
/// Thread: any; see each member.
#pragma once

#include "host/net/socket_registry.hpp"
#include "host/net/token_bucket.hpp"

#include "sandbox/memory/account.hpp"

#include "policies/quota.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace moonward::host {

class tenant_net {
 public:
  tenant_net(std::string name, sandbox::memory_account& account,
             std::shared_ptr<const policies::tenant_quota> quota);
  tenant_net(const tenant_net&) = delete;
  tenant_net& operator=(const tenant_net&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] sandbox::memory_account& account() noexcept { return account_; }

  /// On reload.
  void set_quota(std::shared_ptr<const policies::tenant_quota> quota);
  [[nodiscard]] std::shared_ptr<const policies::tenant_quota> quota() const;
  [[nodiscard]] std::uint64_t send_buffer_bytes() const noexcept {
    return send_buffer_bytes_.load(std::memory_order_relaxed);
  }

  /// Sockets open now.
  [[nodiscard]] std::uint64_t sockets() const { return registry_.size(); }

  [[nodiscard]] socket_registry& registry() noexcept { return registry_; }
  [[nodiscard]] token_bucket& read_bucket() noexcept { return read_bucket_; }
  [[nodiscard]] token_bucket& write_bucket() noexcept { return write_bucket_; }

 private:
  const std::string name_;
  sandbox::memory_account& account_;
  mutable std::mutex mutex_;  // guards quota_
  std::shared_ptr<const policies::tenant_quota> quota_;
  std::atomic<std::uint64_t> send_buffer_bytes_;  // written on reload, read by any thread
  token_bucket read_bucket_;
  token_bucket write_bucket_;
  socket_registry registry_;
};

/// Whose socket it is.
struct socket_owner {
  sandbox::handle service;
  tenant_net& tenant;
};

}  // namespace moonward::host
