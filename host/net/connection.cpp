#include "host/net/connection.hpp"

#include "host/net/endpoint.hpp"
#include "host/net/io_thread.hpp"
#include "host/net/net_context.hpp"
#include "host/net/tenant_net.hpp"

#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

connection::connection(net_context& context, tenant_net& tenant, io_thread& io,
                       std::unique_ptr<open_plan> plan)
    : net_socket{context, tenant, io},
      out_{tenant.account()},
      phase_{phase::connecting},
      plan_{std::move(plan)} {
  peer_ = to_text(plan_->host, plan_->port);
}

connection::connection(net_context& context, tenant_net& tenant, io_thread& io, int descriptor,
                       std::string local, std::string peer)
    : net_socket{context, tenant, io},
      out_{tenant.account()},
      phase_{phase::open},
      descriptor_{descriptor} {
  local_ = std::move(local);
  peer_ = std::move(peer);
}

connection::~connection() { close_descriptor(); }

bool connection::register_descriptor() noexcept {
  registered_ = io_.ready().add(descriptor_, *this);
  return registered_;
}

void connection::close_descriptor() noexcept {
  if (descriptor_ < 0) return;
  if (std::exchange(registered_, false)) io_.ready().remove(descriptor_, *this);
  ::close(std::exchange(descriptor_, -1));
}

sandbox::write_result connection::write(std::span<const std::string_view> pieces,
                                        outbox::priority p) noexcept {
  if (closing()) return sandbox::write_result::closed;
  std::size_t done = 0;
  if (p == outbox::priority::normal && out_.queued_bytes() == 0) done = send_now(pieces);
  if (!out_.push(pieces, done, p)) return sandbox::write_result::refused;
  const std::uint64_t queued = out_.queued_bytes();
  if (queued == 0) return sandbox::write_result::queued;
  const std::uint64_t limit = tenant_.send_buffer_bytes();
  const bool full = queued > limit;
  // Set before the request: the I/O thread looks at it after it has taken the request.
  if (full) drain_wanted_.store(true, std::memory_order_release);
  request(net_request::flush);
  if (queued > limit * 2) return sandbox::write_result::overfull;
  return full ? sandbox::write_result::backpressure : sandbox::write_result::queued;
}

std::size_t connection::send_now(std::span<const std::string_view> pieces) noexcept {
  if (tenant_.write_bucket().limited()) return 0;
  const std::size_t sent = direct_.send(pieces);
  if (sent == 0) return 0;
  written_bytes_.fetch_add(sent, std::memory_order_relaxed);
  last_write_ms_.store(context_.sink().now_ms(), std::memory_order_relaxed);
  return sent;
}

void connection::consumed(std::uint64_t bytes) noexcept {
  const auto taken = static_cast<std::int64_t>(bytes);
  const auto left = in_flight_bytes_.fetch_sub(taken, std::memory_order_seq_cst) - taken;
  const auto enough_room = static_cast<std::int64_t>(context_.options().receive_window_bytes / 2);
  if (left > enough_room || !stalled_.load(std::memory_order_seq_cst)) return;
  if (stalled_.exchange(false, std::memory_order_seq_cst)) request(net_request::credit);
}

socket_row connection::describe() const {
  socket_row row;
  row.id = id();
  row.owner = owner();
  row.type = closing() ? "CLOSING" : "TCP";
  row.local = local_;
  row.peer = peer_;
  row.read_bytes = read_bytes_.load(std::memory_order_relaxed);
  row.written_bytes = written_bytes_.load(std::memory_order_relaxed);
  row.queued_bytes = out_.queued_bytes();
  row.last_read_ms = last_read_ms_.load(std::memory_order_relaxed);
  row.last_write_ms = last_write_ms_.load(std::memory_order_relaxed);
  row.reading = reading_.load(std::memory_order_relaxed);
  return row;
}

void connection::process(std::uint32_t requests) noexcept {
  if (phase_ == phase::ended) {
    out_.clear();
    return;
  }
  out_.collect();
  if (has(requests, net_request::quiet)) quiet_ = true;
  if (has(requests, net_request::shutdown) ||
      (phase_ == phase::connecting && has(requests, net_request::close))) {
    const bool tell = !quiet_ && !input_ended_ && phase_ != phase::lingering;
    end();
    if (tell) send_event(sandbox::socket_event::close, 0, {});
    return;
  }
  if (phase_ == phase::connecting) {
    if (has(requests, net_request::resolved)) try_next_address();
    return;
  }
  if (!registered_ && !register_descriptor()) return fail(errno);
  if (has(requests, net_request::owner_changed)) {
    // Only this thread adds, so what the former owner hasn't taken can be forgotten here.
    in_flight_bytes_.store(0, std::memory_order_seq_cst);
    stalled_.store(false, std::memory_order_seq_cst);
    started_ = false;
  }
  if (has(requests, net_request::start)) {
    paused_ = false;
    if (phase_ == phase::open) direct_.open(descriptor_);
    if (!std::exchange(started_, true)) {
      send_event(sandbox::socket_event::open, 0, peer_);
      if (input_ended_) send_event(sandbox::socket_event::close, 0, {});
    }
  }
  if (has(requests, net_request::pause)) paused_ = true;
  if (has(requests, net_request::close) && phase_ == phase::open) begin_close();
  progress();
}

void connection::begin_close() noexcept {
  direct_.close();
  phase_ = phase::flushing;
  deadline_ = clock::now() + context_.options().close_timeout;
  set_timer(deadline_);
}

void connection::flushed() noexcept {
  const bool linger = !input_ended_ && has_unread_input(descriptor_);
  if (!linger) end();
  if (!quiet_ && !input_ended_) send_event(sandbox::socket_event::close, 0, {});
  if (!linger) return;
  ::shutdown(descriptor_, SHUT_WR);
  phase_ = phase::lingering;
  deadline_ = clock::now() + context_.options().linger;
  set_timer(deadline_);
  discard();
}

void connection::fail(int error) noexcept {
  const phase was = phase_;
  end();
  if (quiet_) return;
  if (was == phase::open) send_event(sandbox::socket_event::error, 0, error_text(error));
  else if (was == phase::flushing && !input_ended_) send_event(sandbox::socket_event::close, 0, {});
}

void connection::end() noexcept {
  direct_.close();
  phase_ = phase::ended;
  reading_.store(false, std::memory_order_relaxed);
  plan_.reset();
  timer_.reset();
  close_descriptor();
  closing_.store(true, std::memory_order_release);
  out_.collect();
  out_.clear();
  leave();
}

void connection::set_timer(clock::time_point at) noexcept {
  if (at >= timer_at_) return;
  timer_at_ = at;
  if (!timer_) timer_.emplace(io_.context());
  timer_->expires_at(at);
  timer_->async_wait([self = net_socket_ptr{this}, this](const boost::system::error_code& failed) {
    if (failed || phase_ == phase::ended) return;
    timer_at_ = clock::time_point::max();
    on_timer();
  });
}

void connection::on_timer() noexcept {
  const auto now = clock::now();
  if (now >= deadline_) {
    if (phase_ != phase::connecting) return fail(ETIMEDOUT);
    plan_->failure = "no answer in time";
    return try_next_address();
  }
  if (deadline_ != clock::time_point::max()) set_timer(deadline_);
  progress();
}

}  // namespace moonward::host
