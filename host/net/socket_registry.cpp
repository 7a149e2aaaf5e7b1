#include "host/net/socket_registry.hpp"

#include <algorithm>
#include <utility>

namespace moonward::host {

void socket_registry::add_owner(sandbox::handle service) {
  const std::lock_guard lock{mutex_};
  owners_.try_emplace(service);
}

std::vector<net_socket_ptr> socket_registry::remove_owner(sandbox::handle service) {
  const std::lock_guard lock{mutex_};
  std::vector<net_socket_ptr> orphans;
  const auto found = owners_.find(service);
  if (found == owners_.end()) return orphans;
  orphans.assign(found->second.begin(), found->second.end());
  for (net_socket* s : found->second) s->takable_ = false;
  owners_.erase(found);
  return orphans;
}

admission socket_registry::admit(const net_socket_ptr& socket, sandbox::handle owner,
                                 std::uint64_t limit, standing s) {
  const std::lock_guard lock{mutex_};
  const auto list = owners_.find(owner);
  if (list == owners_.end()) return admission::owner_ended;
  if (sockets_.size() >= limit) return admission::over_quota;
  socket->id_ = ++last_id_;
  socket->owner_.store(owner, std::memory_order_release);
  socket->takable_ = s == standing::takable;
  socket->owner_index_ = list->second.size();
  list->second.push_back(socket.get());
  sockets_.emplace(socket->id_, socket);
  return admission::admitted;
}

void socket_registry::remove(net_socket& socket) noexcept {
  net_socket_ptr last;  // released after the lock
  const std::lock_guard lock{mutex_};
  unlink(socket);
  const auto found = sockets_.find(socket.id_);
  if (found == sockets_.end()) return;
  last = std::move(found->second);
  sockets_.erase(found);
}

net_socket_ptr socket_registry::find(std::uint64_t id) const {
  const std::lock_guard lock{mutex_};
  const auto found = sockets_.find(id);
  return found == sockets_.end() ? net_socket_ptr{} : found->second;
}

net_socket_ptr socket_registry::find_for(std::uint64_t id, sandbox::handle service) const {
  const std::lock_guard lock{mutex_};
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return {};
  const net_socket& s = *found->second;
  return s.takable_ || s.owner() == service ? found->second : net_socket_ptr{};
}

socket_registry::taken socket_registry::take(net_socket& socket, sandbox::handle service) {
  const std::lock_guard lock{mutex_};
  if (!sockets_.contains(socket.id_)) return taken::no;
  const bool was_owner = socket.owner() == service;
  if (!was_owner && !socket.takable_) return taken::no;
  socket.takable_ = false;
  if (was_owner) return taken::was_owner;
  const auto list = owners_.find(service);
  if (list == owners_.end()) return taken::no;
  unlink(socket);
  socket.owner_index_ = list->second.size();
  list->second.push_back(&socket);
  socket.owner_.store(service, std::memory_order_release);
  return taken::changed_hands;
}

void socket_registry::abandon(net_socket& socket) {
  const std::lock_guard lock{mutex_};
  socket.takable_ = owners_.contains(socket.owner());
}

std::size_t socket_registry::size() const {
  const std::lock_guard lock{mutex_};
  return sockets_.size();
}

std::size_t socket_registry::size_of(sandbox::handle service) const {
  const std::lock_guard lock{mutex_};
  const auto found = owners_.find(service);
  return found == owners_.end() ? 0 : found->second.size();
}

void socket_registry::set_addresses(net_socket& socket, std::string local, std::string peer) {
  const std::lock_guard lock{mutex_};
  socket.local_ = std::move(local);
  socket.peer_ = std::move(peer);
}

std::vector<socket_row> socket_registry::describe() const {
  const std::lock_guard lock{mutex_};
  std::vector<socket_row> rows;
  rows.reserve(sockets_.size());
  for (const auto& [id, socket] : sockets_) rows.push_back(socket->describe());
  std::sort(rows.begin(), rows.end(),
            [](const socket_row& left, const socket_row& right) { return left.id < right.id; });
  return rows;
}

std::vector<net_socket_ptr> socket_registry::all() const {
  const std::lock_guard lock{mutex_};
  std::vector<net_socket_ptr> sockets;
  sockets.reserve(sockets_.size());
  for (const auto& [id, socket] : sockets_) sockets.push_back(socket);
  return sockets;
}

void socket_registry::unlink(net_socket& socket) noexcept {
  const auto found = owners_.find(socket.owner());
  if (found == owners_.end()) return;
  owned_list& list = found->second;
  const std::size_t place = socket.owner_index_;
  if (place >= list.size() || list[place] != &socket) return;
  list[place] = list.back();
  list[place]->owner_index_ = place;
  list.pop_back();
}

}  // namespace moonward::host
