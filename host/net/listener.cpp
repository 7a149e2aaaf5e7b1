#include "host/net/listener.hpp"

#include "host/net/answers.hpp"
#include "host/net/connection.hpp"
#include "host/net/endpoint.hpp"
#include "host/net/io_thread.hpp"
#include "host/net/net_context.hpp"
#include "host/net/tenant_net.hpp"

#include "sandbox/codec/value_codec.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

using boost::asio::ip::tcp;

namespace {
constexpr int accepts_per_turn = 64;
constexpr std::chrono::milliseconds accept_retry{100};
constexpr std::chrono::seconds log_every{1};
}  // namespace

listener::listener(net_context& context, tenant_net& tenant, io_thread& io,
                   std::unique_ptr<open_plan> plan)
    : net_socket{context, tenant, io}, plan_{std::move(plan)} {
  local_ = to_text(plan_->host, plan_->port);
}

void listener::resolved(lookup_result found) {
  plan_->addresses = std::move(found.addresses);
  plan_->lookup_error = std::move(found.error);
  request(net_request::resolved);
}

socket_row listener::describe() const {
  socket_row row;
  row.id = id();
  row.owner = owner();
  row.type = "LISTEN";
  row.local = local_;
  row.accepted = accepted_.load(std::memory_order_relaxed);
  return row;
}

void listener::process(std::uint32_t requests) noexcept {
  if (phase_ == phase::ended) return;
  if (has(requests, net_request::quiet)) quiet_ = true;
  if (has(requests, net_request::close) || has(requests, net_request::shutdown)) {
    end();
    if (!quiet_) send_event(sandbox::socket_event::close, 0, {});
    return;
  }
  if (has(requests, net_request::resolved)) open();
  if (phase_ != phase::open) return;
  if (has(requests, net_request::owner_changed)) started_ = false;
  if (has(requests, net_request::start)) {
    paused_ = false;
    if (!std::exchange(started_, true)) send_event(sandbox::socket_event::open, 0, local_text_);
  }
  if (has(requests, net_request::pause)) paused_ = true;
  if (!armed_) accept();
}

void listener::open() noexcept {
  const auto quota = tenant_.quota();
  while (const auto address = plan_->next_allowed(quota->listen)) {
    if (!try_listen(*address)) continue;
    phase_ = phase::open;
    const tcp::endpoint bound = local_endpoint(acceptor_->native_handle());
    local_text_ = to_text(bound);
    tenant_.registry().set_addresses(*this, local_text_, {});
    sandbox::packed_values values;
    values.add(static_cast<std::int64_t>(id()))
        .add(std::string_view{bound.address().to_string()})
        .add(static_cast<std::int64_t>(bound.port()));
    const std::int32_t session = plan_->session;
    plan_.reset();
    send_to_owner(answer_message(tenant_.account(), owner(), session, values.bytes()));
    return;
  }
  const std::int32_t session = plan_->session;
  const std::string why = plan_->error_text();
  end();
  if (!quiet_) send_to_owner(failure_message(tenant_.account(), owner(), session, why));
}

bool listener::try_listen(const policies::ip_address& address) noexcept {
  const tcp::endpoint endpoint = to_endpoint(address, plan_->port);
  const int descriptor = open_tcp_socket(address.is_v6());
  if (descriptor < 0) {
    plan_->failure = error_text(errno);
    return false;
  }
  const int yes = 1;
  const bool listens =
      ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
      ::bind(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
      ::listen(descriptor, plan_->backlog) == 0;
  boost::system::error_code failed;
  if (listens) {
    acceptor_.emplace(io_.context());
    acceptor_->assign(endpoint.protocol(), descriptor, failed);
  }
  if (listens && !failed) return true;
  plan_->failure = error_text(listens ? failed.value() : errno);
  acceptor_.reset();
  ::close(descriptor);
  return false;
}

void listener::accept() noexcept {
  if (!started_ || paused_) return;
  for (int i = 0; i < accepts_per_turn; ++i) {
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    const int descriptor =
        ::accept4(acceptor_->native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      peer.resize(size);
      admit(descriptor, peer);
      continue;
    }
    switch (errno) {
      case EAGAIN: return arm();
      case EMFILE:
      case ENFILE:
        refuse("the process is out of descriptors: raise its limit (LimitNOFILE)");
        if (io_.shed_connection(acceptor_->native_handle())) continue;
        return accept_later(accept_retry);
      case ENOBUFS:
      case ENOMEM: return accept_later(accept_retry);
      default: continue;  // the connection was gone before it could be accepted
    }
  }
  arm();
}

void listener::admit(int descriptor, const tcp::endpoint& peer) noexcept {
  std::string peer_text = to_text(peer);
  const boost::intrusive_ptr<connection> accepted{
      new connection{context_, tenant_, context_.next_io(), descriptor, local_text_, peer_text}};
  const std::uint64_t limit = tenant_.quota()->sockets;
  context_.socket_opened();
  switch (tenant_.registry().admit(accepted, owner(), limit, socket_registry::standing::takable)) {
    case admission::admitted: break;
    case admission::over_quota:
      context_.socket_ended();
      return refuse(R"(the tenant has all of its sockets open: raise "sockets")");
    case admission::owner_ended: return context_.socket_ended();
  }
  if (context_.stopping()) return accepted->request_quiet_close();
  accepted_.fetch_add(1, std::memory_order_relaxed);
  send_event(sandbox::socket_event::accept, accepted->id(), peer_text);
}

void listener::refuse(const char* why) noexcept {
  ++refused_;
  const auto now = clock::now();
  if (now - logged_at_ < log_every) return;
  logged_at_ = now;
  context_.sink().log(owner(), fmt::format("listener {}: closed {} new connection{} at once: {}",
                                           local_text_, refused_, refused_ == 1 ? "" : "s", why));
  refused_ = 0;
}

void listener::accept_later(std::chrono::milliseconds delay) noexcept {
  armed_ = true;
  if (!timer_) timer_.emplace(io_.context());
  timer_->expires_after(delay);
  timer_->async_wait([self = net_socket_ptr{this}, this](const boost::system::error_code& failed) {
    if (failed || phase_ != phase::open) return;
    armed_ = false;
    accept();
  });
}

void listener::arm() noexcept {
  armed_ = true;
  acceptor_->async_wait(tcp::acceptor::wait_read,
                        [self = net_socket_ptr{this}, this](const boost::system::error_code&) {
                          if (phase_ != phase::open) return;
                          armed_ = false;
                          accept();
                        });
}

void listener::end() noexcept {
  phase_ = phase::ended;
  plan_.reset();
  timer_.reset();
  acceptor_.reset();
  leave();
}

}  // namespace moonward::host
