#include "host/net/net_socket.hpp"

#include "host/net/answers.hpp"
#include "host/net/io_thread.hpp"
#include "host/net/net_context.hpp"
#include "host/net/tenant_net.hpp"

namespace moonward::host {

namespace {
constexpr std::uint32_t bit(net_request what) noexcept { return static_cast<std::uint32_t>(what); }
}  // namespace

void net_socket::request(net_request what) noexcept {
  if (what == net_request::close || what == net_request::shutdown)
    closing_.store(true, std::memory_order_release);
  requests_.fetch_or(bit(what), std::memory_order_release);
  schedule();
}

void net_socket::request_quiet_close() noexcept {
  closing_.store(true, std::memory_order_release);
  requests_.fetch_or(bit(net_request::close) | bit(net_request::quiet), std::memory_order_release);
  schedule();
}

void net_socket::request_reading(bool wanted) noexcept {
  if (wanted) {
    requests_.fetch_and(~bit(net_request::pause), std::memory_order_acq_rel);
    requests_.fetch_or(bit(net_request::start), std::memory_order_release);
  } else {
    requests_.fetch_or(bit(net_request::pause), std::memory_order_release);
  }
  schedule();
}

void net_socket::schedule() noexcept {
  if (scheduled_.exchange(true, std::memory_order_acq_rel)) return;
  intrusive_ptr_add_ref(this);
  io_.push(*this);
}

void net_socket::run_scheduled() noexcept {
  scheduled_.exchange(false, std::memory_order_acq_rel);
  process(requests_.exchange(0, std::memory_order_acquire));
}

void net_socket::send_event(sandbox::socket_event event, std::uint64_t detail,
                            std::string_view bytes) noexcept {
  send_to_owner(event_message(tenant_.account(), id_, event, detail, bytes));
}

void net_socket::send_to_owner(sandbox::message* m) noexcept {
  if (m == nullptr) return;
  const sandbox::handle to = owner();
  m->destination = to;
  if (!context_.sink().push(m)) context_.owner_died(to);
}

void net_socket::leave() noexcept {
  closing_.store(true, std::memory_order_release);
  tenant_.registry().remove(*this);
  context_.socket_ended();
}

}  // namespace moonward::host
