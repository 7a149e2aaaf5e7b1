// How an outgoing connection comes about: one allowed address after the other.
#include "host/net/answers.hpp"
#include "host/net/connection.hpp"
#include "host/net/endpoint.hpp"
#include "host/net/io_thread.hpp"
#include "host/net/net_context.hpp"
#include "host/net/tenant_net.hpp"

#include "sandbox/codec/value_codec.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

using boost::asio::ip::tcp;

void connection::resolved(lookup_result found) {
  plan_->addresses = std::move(found.addresses);
  plan_->lookup_error = std::move(found.error);
  request(net_request::resolved);
}

void connection::try_next_address() noexcept {
  deadline_ = clock::time_point::max();
  const auto quota = tenant_.quota();
  while (const auto address = plan_->next_allowed(quota->connect)) {
    close_descriptor();
    if (try_connect(*address)) return;
  }
  give_up(plan_->error_text());
}

bool connection::try_connect(const policies::ip_address& address) noexcept {
  const tcp::endpoint endpoint = to_endpoint(address, plan_->port);
  descriptor_ = open_tcp_socket(address.is_v6());
  if (descriptor_ < 0) {
    plan_->failure = error_text(errno);
    return false;
  }
  int result = 0;
  do result = ::connect(descriptor_, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  while (result < 0 && errno == EINTR);
  const bool at_once = result == 0;
  if ((!at_once && errno != EINPROGRESS) || !register_descriptor()) {
    plan_->failure = error_text(errno);
    return false;
  }
  if (at_once) {
    connected();
    return true;
  }
  choked_ = true;
  deadline_ = clock::now() + context_.options().connect_timeout;
  set_timer(deadline_);
  return true;
}

void connection::connect_finished() noexcept {
  if (const int error = pending_error(descriptor_); error != 0) {
    plan_->failure = error_text(error);
    return try_next_address();
  }
  connected();
}

void connection::connected() noexcept {
  phase_ = phase::open;
  direct_.open(descriptor_);
  deadline_ = clock::time_point::max();
  started_ = true;
  const std::string peer = to_text(peer_endpoint(descriptor_));
  tenant_.registry().set_addresses(*this, to_text(local_endpoint(descriptor_)), peer);
  sandbox::packed_values values;
  values.add(static_cast<std::int64_t>(id())).add(std::string_view{peer});
  const std::int32_t session = plan_->session;
  plan_.reset();
  send_to_owner(answer_message(tenant_.account(), owner(), session, values.bytes()));
  progress();
}

void connection::give_up(std::string_view why) noexcept {
  const std::int32_t session = plan_->session;
  end();
  if (!quiet_) send_to_owner(failure_message(tenant_.account(), owner(), session, why));
}

}  // namespace moonward::host
