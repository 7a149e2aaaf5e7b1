/// One client of the control socket: reads a request line, answers it, reads the next.
///
/// Bounded in every direction: a request line beyond its limit, or anything that is no request, is
/// answered with an error and the end of the connection; a client that follows the log and doesn't
/// read loses lines, and is told how many. Lives by shared_ptr; thread: control.
#pragma once

#include "host/control/control_port.hpp"
#include "host/control/control_request.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace moonward::host {

class control_session : public std::enable_shared_from_this<control_session> {
 public:
  using socket = boost::asio::local::stream_protocol::socket;
  /// Called once, when the session has ended.
  using end_handler = std::function<void(const std::shared_ptr<control_session>&)>;

  /// `who` is the peer's name for the log: "uid 0".
  control_session(socket peer, control_port& port, std::string who, end_handler on_end);
  control_session(const control_session&) = delete;
  control_session& operator=(const control_session&) = delete;
  ~control_session();

  void start();
  /// Answers one error line and ends: for a client that isn't served at all.
  void refuse(std::string_view why);
  /// Ends as soon as what is queued has been written.
  void finish();
  /// Ends now.
  void close();

 private:
  void read();
  void take(std::string_view line);
  void answer_log(const control_request& request);
  void answer_reload();
  void followed(std::string_view line);
  void send(std::string line);
  void write();

  socket peer_;
  control_port& port_;
  const std::string who_;
  end_handler on_end_;
  std::string in_;
  std::deque<std::string> out_;
  std::size_t out_bytes_ = 0;
  std::uint64_t skipped_lines_ = 0;
  std::uint64_t follower_ = 0;  // 0: doesn't follow the log
  bool writing_ = false;
  bool finishing_ = false;
};

}  // namespace moonward::host
