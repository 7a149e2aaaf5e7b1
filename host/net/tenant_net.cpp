#include "host/net/tenant_net.hpp"

#include <utility>

namespace moonward::host {

tenant_net::tenant_net(std::string name, sandbox::memory_account& account,
                       std::shared_ptr<const policies::tenant_quota> quota)
    : name_{std::move(name)}, account_{account}, send_buffer_bytes_{0} {
  set_quota(std::move(quota));
}

void tenant_net::set_quota(std::shared_ptr<const policies::tenant_quota> quota) {
  send_buffer_bytes_.store(quota->socket_send_buffer_bytes, std::memory_order_relaxed);
  const std::uint64_t rate = quota->socket_rate_bytes_per_second.value_or(0);
  read_bucket_.set_rate(rate);
  write_bucket_.set_rate(rate);
  const std::lock_guard lock{mutex_};
  quota_ = std::move(quota);
}

std::shared_ptr<const policies::tenant_quota> tenant_net::quota() const {
  const std::lock_guard lock{mutex_};
  return quota_;
}

}  // namespace moonward::host
