#include "host/net/net_context.hpp"

#include <utility>

namespace moonward::host {

net_context::net_context(network_sink& sink, network_options options)
    : sink_{sink}, options_{std::move(options)} {
  const unsigned count = options_.io_threads == 0 ? 1 : options_.io_threads;
  for (unsigned i = 0; i < count; ++i) io_.push_back(std::make_unique<io_thread>());
}

io_thread& net_context::next_io() noexcept {
  return *io_[turn_.fetch_add(1, std::memory_order_relaxed) % io_.size()];
}

void net_context::add_owner(const socket_owner& owner) {
  owner.tenant.registry().add_owner(owner.service);
  const std::lock_guard lock{mutex_};
  owners_.insert_or_assign(owner.service, &owner.tenant);
  tenants_.insert(&owner.tenant);
}

void net_context::owner_died(sandbox::handle service) noexcept {
  tenant_net* tenant = nullptr;
  {
    const std::lock_guard lock{mutex_};
    const auto found = owners_.find(service);
    if (found == owners_.end()) return;
    tenant = found->second;
    owners_.erase(found);
  }
  for (const net_socket_ptr& socket : tenant->registry().remove_owner(service))
    socket->request_quiet_close();
}

std::size_t net_context::sockets_of(sandbox::handle service) const {
  const std::lock_guard lock{mutex_};
  const auto found = owners_.find(service);
  return found == owners_.end() ? 0 : found->second->registry().size_of(service);
}

void net_context::socket_ended() noexcept {
  if (open_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::lock_guard lock{mutex_};
  closed_.notify_all();
}

void net_context::close_everything(net_request how) noexcept {
  std::vector<tenant_net*> tenants;
  {
    const std::lock_guard lock{mutex_};
    tenants.assign(tenants_.begin(), tenants_.end());
  }
  for (tenant_net* tenant : tenants)
    for (const net_socket_ptr& socket : tenant->registry().all()) {
      socket->request_quiet_close();
      if (how == net_request::shutdown) socket->request(net_request::shutdown);
    }
}

bool net_context::wait_until_closed(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  return closed_.wait_for(lock, patience, [this] { return open() == 0; });
}

}  // namespace moonward::host
