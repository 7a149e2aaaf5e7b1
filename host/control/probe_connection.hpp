/// One endpoint under probe: a connection that is asked 20 times a second, one request at a time,
/// and made anew when it fails.
///
/// Times are counted from when a request was due, not from when it could be sent: an answer that
/// keeps the next requests waiting makes those slow too, as it would for clients of their own.
/// Until the first right answer nothing is counted: the server may still be starting. A request is
/// lost when the connection is refused or cut, the answer is wrong, or none comes within a second.
/// Thread: that of its executor, but for report().
#pragma once

#include "host/control/latency_histogram.hpp"
#include "host/control/probe_target.hpp"
#include "host/control/snapshot.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace moonward::host {

class probe_connection {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds period{50};
  static constexpr std::chrono::milliseconds patience{1000};

  probe_connection(const boost::asio::any_io_executor& executor, probe_target target);
  probe_connection(const probe_connection&) = delete;
  probe_connection& operator=(const probe_connection&) = delete;

  void start();
  /// Asks no more; a request under way is still awaited.
  void stop();

  /// @thread any
  [[nodiscard]] probe_report report() const;

 private:
  enum class phase : std::uint8_t { idle, asking, stopped };

  void wait_for_turn();
  void ask();
  void connect();
  void send();
  void read_line();
  void read_head();
  void read_body(std::size_t head_bytes);
  void answered();
  void lost(std::string_view why);
  void next_turn();
  void watch();

  boost::asio::steady_timer turn_;
  boost::asio::steady_timer watchdog_;
  boost::asio::ip::tcp::socket socket_;
  const probe_target target_;
  clock::time_point due_;
  phase phase_ = phase::idle;
  bool stopping_ = false;
  bool close_after_ = false;
  std::uint64_t generation_ = 0;  // of the connection: what belongs to an older one is ignored
  std::uint64_t number_ = 0;
  std::string out_;
  std::string in_;

  mutable std::mutex mutex_;  // guards what follows
  latency_histogram times_;
  probe_report report_;
};

}  // namespace moonward::host
