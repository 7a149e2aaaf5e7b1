#include "host/control/host_run.hpp"

#include "host/account.hpp"
#include "host/control/console.hpp"
#include "host/control/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace moonward::host {

namespace {

// With a screen, standard output is the screen's: the log goes to a file in any case.
std::filesystem::path log_file_of(const run_options& options, const policies::host_config& config) {
  if (!config.settings.log_file.empty() || !options.screen) return config.settings.log_file;
  return config.settings.state_dir / "moonward.log";
}

// Those that the host's account must be able to write to.
std::vector<std::filesystem::path> directories_of(const policies::host_config& config,
                                                  const std::filesystem::path& log_file) {
  std::vector<std::filesystem::path> directories{config.settings.state_dir,
                                                 config.settings.control_socket.parent_path()};
  std::error_code error;
  if (!log_file.empty() && !std::filesystem::exists(log_file, error))
    directories.push_back(log_file.parent_path());
  return directories;
}

policies::result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    return policies::failure{
        fmt::format("cannot make the directory {}: {}", directory.string(), error.message())};
  return {};
}

}  // namespace

host_run::host_run(const run_options& options, const policies::host_config& config,
                   control_socket socket, std::unique_ptr<main_loop> loop)
    : options_{options},
      file_{config.source},
      log_file_{log_file_of(options, config)},
      stop_timeout_{config.settings.stop_timeout},
      socket_{std::move(socket)},
      loop_{std::move(loop)} {}

policies::result<std::unique_ptr<host_run>> host_run::create(const run_options& options,
                                                             policies::host_config config) {
  const std::filesystem::path log_file = log_file_of(options, config);
  if (auto settled = settle_account(config.settings, directories_of(config, log_file));
      settled.has_error())
    return settled.error();
  auto socket = control_socket::open(config.settings.control_socket);
  if (socket.has_error()) return socket.error();
  auto loop = main_loop::create();
  if (loop.has_error()) return loop.error();
  std::unique_ptr<host_run> made{
      new host_run{options, config, std::move(*socket), std::move(*loop)}};
  host_run& run = *made;

  host_options settings;
  settings.log.file = run.log_file_;
  settings.on_end = [&board = run.board_](const service_end& end) { board.ended(end); };
  if (!run.log_file_.empty())
    if (auto directory = make_directory(run.log_file_.parent_path()); directory.has_error())
      return directory.error();
  settings.account = describe_account();
  settings.files = file_access::of_host(config, run.log_file_);
  settings.files.apply();
  auto created = host::create(std::move(config), std::move(settings));
  if (created.has_error()) return created.error();
  run.host_ = std::move(*created);
  run.board_follower_ = run.host_->writer().subscribe(
      [&board = run.board_](const log_record& record, std::string_view) { board.said(record); });

  if (!options.probes.empty()) {
    auto probes = probe_runner::start(options.probes, run.host_->protected_setup());
    if (probes.has_error()) return probes.error();
    run.probes_ = std::move(*probes);
  }
  run.control_ = std::make_unique<host_control>(
      *run.host_, *run.loop_, run.board_, run.probes_.get(),
      main_actions{[&run] { return run.reload(); },
                   [&run](std::string_view by) { run.order_stop(by); }});
  auto server = control_server::start(run.socket_, *run.control_, run.host_->protected_setup());
  if (server.has_error()) return server.error();
  run.server_ = std::move(*server);
  return made;
}

host_run::~host_run() {
  // Clients see the end of their connection when the host has ended, and not before.
  if (host_) stop();
}

std::string host_run::greeting() const {
  std::string names;
  std::size_t services = 0;
  for (const policies::tenant_config& tenant : host_->config().tenants) {
    names += (names.empty() ? "" : ", ") + tenant.name;
    services += tenant.start.size();
  }
  std::string text = fmt::format("moonward {} runs {}\n", version, file_.string());
  text += fmt::format("  tenants         {} ({})\n", host_->config().tenants.size(), names);
  text += fmt::format("  services        {} to start\n", services);
  text += fmt::format("  control socket  {}\n", socket_.path().string());
  if (!log_file_.empty()) text += fmt::format("  log             {}\n", log_file_.string());
  return text;
}

policies::result<int> host_run::run_until_stopped() {
  host_->protect(thread_role::main);
  host_->start();
  const auto started = main_loop::clock::now();
  std::unique_ptr<live_screen> screen;
  if (options_.screen) screen = std::make_unique<live_screen>(file_.string());
  auto next_look = started;
  while (!stopping_) {
    auto deadline = main_loop::clock::time_point::max();
    if (options_.duration) deadline = started + *options_.duration;
    if (screen) deadline = std::min(deadline, next_look);
    switch (loop_->wait(deadline)) {
      case wake_reason::requests:
        for (const main_loop::request& request : loop_->take_requests()) request();
        break;
      case wake_reason::stop_signal: order_stop("a signal"); break;
      case wake_reason::hang_up:
        host_->writer().reopen();
        (void)reload();
        break;
      case wake_reason::timeout: break;
    }
    const auto now = main_loop::clock::now();
    if (screen && now >= next_look) {
      // A screen that nobody reads any more is no reason to end the host.
      if (!screen->show(control_->take_snapshot())) screen.reset();
      else next_look = now + screen->period();
    }
    if (options_.duration && now - started >= *options_.duration) stopping_ = true;
  }
  return int{exit_finished};
}

policies::result<std::string> host_run::reload() {
  auto done = host_->reload();
  if (done.has_error()) log_line(log_level::error, "reload failed:\n" + done.error().text);
  else log_line(log_level::info, "reload: " + *done);
  return done;
}

void host_run::order_stop(std::string_view by) {
  log_line(log_level::info, fmt::format("stop ordered by {}", by));
  stopping_ = true;
}

void host_run::log_line(log_level level, std::string_view text) {
  host_->log().push_host(level, text);
}

void host_run::hurry_on_signal() {
  bool done = false;
  while (!done) {
    const wake_reason woken = loop_->wait(main_loop::clock::time_point::max());
    if (woken == wake_reason::stop_signal) {
      print_error("a second signal: ended at once, without draining");
      ::_exit(exit_failed);
    }
    // Whoever asks for a reload now gets no answer but the end; an empty request is the end here.
    if (woken == wake_reason::requests)
      for (const main_loop::request& request : loop_->take_requests())
        if (!request) done = true;
  }
}

void host_run::stop() {
  if (!host_) return;
  if (probes_) probes_->stop();
  if (control_) last_ = control_->take_snapshot();
  auto watcher =
      launch_thread(thread_role::main, "stop-signals", [this] { hurry_on_signal(); }, {});
  host_->stop(std::chrono::duration_cast<std::chrono::milliseconds>(stop_timeout_));
  loop_->post(nullptr);
  if (watcher.has_value()) watcher->join();
  server_.reset();
  host_->writer().unsubscribe(board_follower_);
  control_.reset();
  host_.reset();
}

}  // namespace moonward::host
