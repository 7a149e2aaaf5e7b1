// How bytes move: reading under the window and the rate, writing what is queued.
#include "host/net/answers.hpp"
#include "host/net/connection.hpp"
#include "host/net/endpoint.hpp"
#include "host/net/io_thread.hpp"
#include "host/net/net_context.hpp"
#include "host/net/tenant_net.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace moonward::host {

namespace {
// One connection's share before the others get their turn.
constexpr int rounds_per_turn = 4;
constexpr std::uint64_t bytes_per_send = 256 * 1024;
constexpr std::size_t vectors_per_send = 64;
constexpr std::uint64_t small_read_bytes = 4 * 1024;
// When the tenant's memory is full, how soon to look again.
constexpr std::chrono::milliseconds memory_retry{10};
}  // namespace

void connection::progress() noexcept {
  if (phase_ == phase::connecting) return;
  flush();
  if (phase_ == phase::open) read();
  else if (phase_ == phase::lingering) discard();
}

void connection::read() noexcept {
  const bool wanted = started_ && !paused_ && !input_ended_;
  reading_.store(wanted, std::memory_order_relaxed);
  if (!wanted || drained_) return;
  for (int round = 0; round < rounds_per_turn; ++round) {
    switch (read_once()) {
      case read_outcome::more: continue;
      case read_outcome::drained: drained_ = true; return;
      case read_outcome::held_back: return;
      case read_outcome::ended: return;
    }
  }
  request(net_request::credit);  // another turn, after the others
}

connection::read_outcome connection::read_once() noexcept {
  const auto window = static_cast<std::int64_t>(context_.options().receive_window_bytes);
  std::int64_t in_flight = in_flight_bytes_.load(std::memory_order_seq_cst);
  if (in_flight >= window) {
    stalled_.store(true, std::memory_order_seq_cst);
    // The worker may have taken all of it before it could see the flag.
    in_flight = in_flight_bytes_.load(std::memory_order_seq_cst);
    if (in_flight > window / 2 || !stalled_.exchange(false, std::memory_order_seq_cst))
      return read_outcome::held_back;
  }
  const auto scratch = io_.scratch();
  std::uint64_t wanted = std::min<std::uint64_t>(
      scratch.size(), static_cast<std::uint64_t>(window - std::max<std::int64_t>(in_flight, 0)));

  // What is read is charged after it; a message of the same tenant that takes the room meanwhile
  // makes it exceed the cap by one read.
  sandbox::memory_account& account = tenant_.account();
  if (!account.has_room(data_message_footprint(wanted))) {
    wanted = std::min(wanted, small_read_bytes);
    if (!account.has_room(data_message_footprint(wanted))) {
      set_timer(clock::now() + memory_retry);
      return read_outcome::held_back;
    }
  }
  token_bucket& bucket = tenant_.read_bucket();
  std::uint64_t granted = wanted;
  if (bucket.limited()) {
    const auto now = clock::now();
    granted = bucket.take(wanted, now);
    if (granted == 0) {
      set_timer(now + bucket.wait_time(wanted));
      return read_outcome::held_back;
    }
  }

  ssize_t got = 0;
  do got = ::recv(descriptor_, scratch.data(), static_cast<std::size_t>(granted), 0);
  while (got < 0 && errno == EINTR);
  const int error = errno;
  const std::uint64_t bytes = got > 0 ? static_cast<std::uint64_t>(got) : 0;
  bucket.give_back(granted - bytes);
  if (bytes == 0) {
    if (got == 0) {
      input_ended_ = true;
      reading_.store(false, std::memory_order_relaxed);
      send_event(sandbox::socket_event::close, 0, {});
      return read_outcome::ended;
    }
    if (error == EAGAIN) return read_outcome::drained;
    fail(error);
    return read_outcome::ended;
  }
  account.charge_always(data_message_footprint(bytes));
  sandbox::message* m =
      charged_data_message(account, id(), {scratch.data(), static_cast<std::size_t>(bytes)});
  if (m == nullptr) {
    account.release(data_message_footprint(bytes));
    fail(ENOMEM);
    return read_outcome::ended;
  }
  read_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  last_read_ms_.store(context_.sink().now_ms(), std::memory_order_relaxed);
  in_flight_bytes_.fetch_add(got, std::memory_order_seq_cst);
  send_to_owner(m);
  // A short read has emptied the buffer; only the end may be behind it.
  return bytes == granted || input_ending_ ? read_outcome::more : read_outcome::drained;
}

void connection::discard() noexcept {
  if (drained_) return;
  const auto scratch = io_.scratch();
  for (int round = 0; round < rounds_per_turn; ++round) {
    const ssize_t got = ::recv(descriptor_, scratch.data(), scratch.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      drained_ = true;
      return;
    }
    if (got <= 0) return end();
  }
  request(net_request::credit);
}

void connection::flush() noexcept {
  if (phase_ != phase::open && phase_ != phase::flushing) return;
  for (int round = 0; !choked_ && !out_.empty(); ++round) {
    if (round == rounds_per_turn) {
      request(net_request::flush);
      break;
    }
    token_bucket& bucket = tenant_.write_bucket();
    const auto now = clock::now();
    const std::uint64_t wanted = std::min(out_.queued_bytes(), bytes_per_send);
    const std::uint64_t granted = bucket.take(wanted, now);
    if (granted == 0) {
      set_timer(now + bucket.wait_time(wanted));
      break;
    }
    std::array<iovec, vectors_per_send> vectors;
    msghdr header{};
    header.msg_iov = vectors.data();
    header.msg_iovlen = out_.gather(vectors, granted);
    const ssize_t result = ::sendmsg(descriptor_, &header, MSG_NOSIGNAL);
    const int error = errno;
    const std::uint64_t sent = result > 0 ? static_cast<std::uint64_t>(result) : 0;
    bucket.give_back(granted - sent);
    if (sent > 0) {
      out_.sent(sent);
      written_bytes_.fetch_add(sent, std::memory_order_relaxed);
      last_write_ms_.store(context_.sink().now_ms(), std::memory_order_relaxed);
      if (phase_ == phase::flushing) deadline_ = now + context_.options().close_timeout;
    } else if (error == EAGAIN) {
      choked_ = true;
    } else if (error != EINTR) {
      return fail(error);
    }
  }
  if (phase_ == phase::open) tell_backlog();
  else if (out_.empty()) flushed();
}

void connection::tell_backlog() noexcept {
  if (out_.empty()) {
    const bool waited_for = drain_wanted_.exchange(false, std::memory_order_acq_rel);
    const bool warned = warn_above_bytes_ != 0;
    warn_above_bytes_ = 0;
    if (waited_for || warned) send_event(sandbox::socket_event::warning, 0, {});
    return;
  }
  const std::uint64_t queued = out_.queued_bytes();
  const std::uint64_t limit =
      warn_above_bytes_ != 0 ? warn_above_bytes_ : tenant_.send_buffer_bytes();
  if (queued <= limit) return;
  warn_above_bytes_ = std::max(limit, queued) * 2;
  send_event(sandbox::socket_event::warning, (queued + 1023) / 1024, {});
}

void connection::on_ready(readiness what) noexcept {
  const net_socket_ptr self{this};  // it may end here
  if (phase_ == phase::connecting) {
    if (what.output && std::exchange(choked_, false)) connect_finished();
    return;
  }
  if (what.ending) input_ending_ = true;
  if (what.input) drained_ = false;
  if (what.output) choked_ = false;
  progress();
}

}  // namespace moonward::host
