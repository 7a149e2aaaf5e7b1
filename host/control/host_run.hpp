/// One run of a host, from its configuration to its stop: everything `run` holds, in the order in
/// which it is made and, backwards, taken down.
///
/// Invariant: root is given up, the control socket taken and the process confined to its files
/// before anything of a script is read, so that a second host on the socket is refused at once; the
/// log is the last thing that ends. Thread: main.
#pragma once

#include "host/control/activity_board.hpp"
#include "host/control/commands.hpp"
#include "host/control/control_server.hpp"
#include "host/control/control_socket.hpp"
#include "host/control/host_control.hpp"
#include "host/control/live_screen.hpp"
#include "host/control/main_loop.hpp"
#include "host/control/probe_runner.hpp"
#include "host/host.hpp"

#include "policies/config.hpp"
#include "policies/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace moonward::host {

class host_run {
 public:
  /// Makes the host; no script has run yet. The error may have several lines.
  [[nodiscard]] static policies::result<std::unique_ptr<host_run>> create(
      const run_options& options, policies::host_config config);
  host_run(const host_run&) = delete;
  host_run& operator=(const host_run&) = delete;
  ~host_run();

  /// What is started, and where it is controlled: for the start of the output.
  [[nodiscard]] std::string greeting() const;
  /// Starts the services and waits for the end: a signal, `ctl stop`, or the time given.
  [[nodiscard]] policies::result<int> run_until_stopped();
  /// Drains and stops; a further signal meanwhile ends the process at once.
  void stop();
  /// The state of everything just before the stop; after stop().
  [[nodiscard]] const snapshot& last() const noexcept { return last_; }

 private:
  host_run(const run_options& options, const policies::host_config& config, control_socket socket,
           std::unique_ptr<main_loop> loop);

  [[nodiscard]] policies::result<std::string> reload();
  void order_stop(std::string_view by);
  void hurry_on_signal();
  void log_line(log_level level, std::string_view text);

  const run_options options_;
  const std::filesystem::path file_;
  const std::filesystem::path log_file_;
  const std::chrono::nanoseconds stop_timeout_;
  control_socket socket_;
  std::unique_ptr<main_loop> loop_;
  activity_board board_;
  std::unique_ptr<host> host_;
  std::uint64_t board_follower_ = 0;
  std::unique_ptr<probe_runner> probes_;
  std::unique_ptr<host_control> control_;
  std::unique_ptr<control_server> server_;
  bool stopping_ = false;
  snapshot last_;
};

}  // namespace moonward::host
