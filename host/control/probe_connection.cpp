#include "host/control/probe_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace moonward::host {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t max_answer_bytes = 65536;

bool same_letters(char a, char b) noexcept { return (a | 0x20) == (b | 0x20); }

// The value of a header of an HTTP answer, or nothing. Names are compared without case.
std::string_view header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (!std::equal(name.begin(), name.end(), line.begin(), same_letters)) continue;
    std::string_view value = line.substr(name.size() + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return {};
}

}  // namespace

probe_connection::probe_connection(const asio::any_io_executor& executor, probe_target target)
    : turn_{executor}, watchdog_{executor}, socket_{executor}, target_{std::move(target)} {
  report_.name = target_.name();
}

void probe_connection::start() {
  due_ = clock::now();
  wait_for_turn();
}

void probe_connection::stop() {
  stopping_ = true;
  if (phase_ != phase::asking) next_turn();
}

probe_report probe_connection::report() const {
  const std::lock_guard lock{mutex_};
  probe_report out = report_;
  out.p50_ns = times_.percentile_ns(0.50);
  out.p99_ns = times_.percentile_ns(0.99);
  out.max_ns = times_.max_ns();
  return out;
}

void probe_connection::wait_for_turn() {
  turn_.expires_at(due_);
  turn_.async_wait([this](error_code error) {
    if (!error && !stopping_) ask();
  });
}

void probe_connection::next_turn() {
  watchdog_.cancel();
  if (stopping_) {
    phase_ = phase::stopped;
    turn_.cancel();
    error_code ignored;
    socket_.close(ignored);
    return;
  }
  phase_ = phase::idle;
  due_ += period;
  wait_for_turn();
}

void probe_connection::watch() {
  watchdog_.expires_at(std::max(due_, clock::now()) + patience);
  watchdog_.async_wait([this, asked = number_](error_code error) {
    if (!error && phase_ == phase::asking && asked == number_) lost("no answer within a second");
  });
}

void probe_connection::ask() {
  phase_ = phase::asking;
  ++number_;
  watch();
  if (socket_.is_open()) send();
  else connect();
}

void probe_connection::connect() {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(target_.address, error);
  if (error) return lost(error.message());
  in_.clear();
  socket_.async_connect(tcp::endpoint{address, target_.port},
                        [this, generation = generation_](error_code failed) {
                          if (generation != generation_) return;
                          if (failed) return lost(failed.message());
                          error_code ignored;
                          socket_.set_option(tcp::no_delay{true}, ignored);
                          send();
                        });
}

void probe_connection::send() {
  if (target_.speaks == probe_target::protocol::http)
    out_ = fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\n\r\n", target_.path, target_.address,
                       target_.port);
  else out_ = fmt::format("PING {}\r\n", number_);
  asio::async_write(socket_, asio::buffer(out_),
                    [this, generation = generation_](error_code error, std::size_t) {
                      if (generation != generation_) return;
                      if (error) return lost(error.message());
                      if (target_.speaks == probe_target::protocol::http) read_head();
                      else read_line();
                    });
}

void probe_connection::read_line() {
  asio::async_read_until(socket_, asio::dynamic_buffer(in_, max_answer_bytes), '\n',
                         [this, generation = generation_](error_code error, std::size_t bytes) {
                           if (generation != generation_) return;
                           if (error) return lost(error.message());
                           std::string line = in_.substr(0, bytes);
                           in_.erase(0, bytes);
                           line.erase(line.find_last_not_of("\r\n") + 1);
                           if (line != fmt::format("PONG {}", number_))
                             return lost("a wrong answer");
                           answered();
                         });
}

void probe_connection::read_head() {
  asio::async_read_until(socket_, asio::dynamic_buffer(in_, max_answer_bytes), "\r\n\r\n",
                         [this, generation = generation_](error_code error, std::size_t bytes) {
                           if (generation != generation_) return;
                           if (error) return lost(error.message());
                           read_body(bytes);
                         });
}

void probe_connection::read_body(std::size_t head_bytes) {
  const std::string_view head{in_.data(), head_bytes};
  if (!head.starts_with("HTTP/1.1 200") && !head.starts_with("HTTP/1.0 200"))
    return lost(fmt::format("it answered {}", head.substr(0, std::min(head.find('\r'), 40UL))));
  const std::string_view length = header(head, "content-length");
  std::size_t body = 0;
  const auto [end, problem] = std::from_chars(length.data(), length.data() + length.size(), body);
  if (length.empty() || problem != std::errc{} || body > max_answer_bytes)
    return lost("an answer without a fair Content-Length");
  close_after_ = same_letters(
      header(head, "connection").substr(0, 1).empty() ? 'k' : header(head, "connection").front(),
      'c');
  const std::size_t all = head_bytes + body;
  const std::size_t missing = all > in_.size() ? all - in_.size() : 0;
  asio::async_read(socket_, asio::dynamic_buffer(in_), asio::transfer_exactly(missing),
                   [this, all, generation = generation_](error_code error, std::size_t) {
                     if (generation != generation_) return;
                     if (error) return lost(error.message());
                     in_.erase(0, all);
                     answered();
                   });
}

void probe_connection::answered() {
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - due_);
  {
    const std::lock_guard lock{mutex_};
    ++report_.asked;
    ++report_.answered;
    times_.add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
  }
  if (std::exchange(close_after_, false)) {
    error_code ignored;
    socket_.close(ignored);
    ++generation_;
  }
  next_turn();
}

void probe_connection::lost(std::string_view why) {
  {
    const std::lock_guard lock{mutex_};
    report_.last_error = why;
    if (report_.answered != 0) {
      ++report_.asked;
      ++report_.lost;
    }
  }
  error_code ignored;
  socket_.close(ignored);
  ++generation_;
  // The turns that passed while nothing answered are not asked in a burst.
  due_ = std::max(due_, clock::now() - period);
  next_turn();
}

}  // namespace moonward::host
