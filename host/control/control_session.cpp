#include "host/control/control_session.hpp"

#include "host/control/control_answers.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace moonward::host {

namespace asio = boost::asio;

namespace {

// What a client that follows the log may leave unread before lines are skipped.
constexpr std::size_t max_unread_bytes = std::size_t{1} << 20;

}  // namespace

control_session::control_session(socket peer, control_port& port, std::string who,
                                 end_handler on_end)
    : peer_{std::move(peer)}, port_{port}, who_{std::move(who)}, on_end_{std::move(on_end)} {}

control_session::~control_session() {
  if (follower_ != 0) port_.unfollow_log(follower_);
}

void control_session::start() { read(); }

void control_session::refuse(std::string_view why) {
  finishing_ = true;
  send(error_line(why));
}

void control_session::finish() {
  finishing_ = true;
  if (!writing_) close();
}

void control_session::close() {
  if (follower_ != 0) port_.unfollow_log(std::exchange(follower_, 0));
  boost::system::error_code ignored;
  peer_.close(ignored);
  if (const end_handler ended = std::exchange(on_end_, nullptr)) ended(shared_from_this());
}

void control_session::read() {
  asio::async_read_until(
      peer_, asio::dynamic_buffer(in_, max_request_bytes), '\n',
      [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
        if (!self->peer_.is_open()) return;
        if (error == asio::error::not_found)
          return self->refuse(fmt::format("a request has at most {} bytes", max_request_bytes));
        if (error) return self->close();
        const std::string line = self->in_.substr(0, bytes);
        self->in_.erase(0, bytes);
        self->take(line);
      });
}

void control_session::take(std::string_view line) {
  const auto request = read_request(line);
  if (request.has_error()) return refuse(request.error().text);
  switch (request->command) {
    case control_command::log: answer_log(*request); break;
    case control_command::reload: answer_reload(); break;
    case control_command::stop:
      port_.request_stop(who_);
      send(ok_line("the host drains and stops"));
      break;
    default: send(answer_at_once(*request, port_, who_)); break;
  }
  if (!finishing_) read();
}

void control_session::answer_log(const control_request& request) {
  // Following begins before the last lines are taken, so that none is missed between; what comes
  // meanwhile waits on this thread's own queue.
  if (request.follow && follower_ == 0) {
    follower_ = port_.follow_log(
        [weak = weak_from_this(), executor = peer_.get_executor()](std::string_view line) {
          asio::post(executor, [weak, text = std::string{line}] {
            if (const auto self = weak.lock()) self->followed(text);
          });
        });
  }
  json::array lines;
  for (const std::string& line : port_.recent_log(request.lines))
    lines.emplace_back(json_text(line));
  send(ok_line(std::move(lines)));
}

void control_session::answer_reload() {
  port_.request_reload([weak = weak_from_this(), executor = peer_.get_executor()](
                           const policies::result<std::string>& done) {
    std::string line = done.has_error() ? error_line(done.error().text) : ok_line(json_text(*done));
    asio::post(executor, [weak, answer = std::move(line)]() mutable {
      if (const auto self = weak.lock()) self->send(std::move(answer));
    });
  });
}

void control_session::followed(std::string_view line) {
  if (follower_ == 0) return;
  if (out_bytes_ > max_unread_bytes) {
    ++skipped_lines_;
    return;
  }
  if (skipped_lines_ != 0)
    send(json::serialize(json::object{
             {"line", fmt::format("({} lines skipped: they came faster than they were read)",
                                  std::exchange(skipped_lines_, 0))}}) +
         "\n");
  send(json::serialize(json::object{{"line", json_text(line)}}) + "\n");
}

void control_session::send(std::string line) {
  if (!peer_.is_open()) return;
  out_bytes_ += line.size();
  out_.push_back(std::move(line));
  if (!writing_) write();
}

void control_session::write() {
  writing_ = true;
  asio::async_write(peer_, asio::buffer(out_.front()),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      self->writing_ = false;
                      if (!self->peer_.is_open()) return;
                      self->out_bytes_ -= self->out_.front().size();
                      self->out_.pop_front();
                      if (error) return self->close();
                      if (!self->out_.empty()) return self->write();
                      if (self->finishing_) self->close();
                    });
}

}  // namespace moonward::host
