#include "host/control/commands.hpp"
#include "host/control/console.hpp"
#include "host/control/control_client.hpp"
#include "host/control/host_locator.hpp"
#include "host/control/live_screen.hpp"
#include "host/control/main_loop.hpp"
#include "host/control/status_json.hpp"
#include "host/thread_role.hpp"

namespace moonward::host {

namespace {

// Shows the host until a signal, the end of the time, of the host or of whoever reads.
policies::result<int> show(control_client& client, const std::string& title, main_loop& loop,
                           std::optional<std::chrono::seconds> duration) {
  control_request request;
  request.command = control_command::snapshot;
  live_screen screen{title};
  const auto started = main_loop::clock::now();
  auto due = started;
  for (;;) {
    const auto answer = client.ask(request);
    if (answer.has_error()) return answer.error();
    const json::object* const object = answer->if_object();
    if (object == nullptr || !screen.show(snapshot_from(*object))) return int{exit_finished};
    due += screen.period();
    if (duration && due - started > *duration) return int{exit_finished};
    if (loop.wait(due) == wake_reason::stop_signal) return int{exit_finished};
  }
}

}  // namespace

int top_command(const top_options& options) {
  const auto path = locate_host(options.address);
  if (path.has_error()) {
    print_error(path.error().text);
    return exit_failed;
  }
  auto client = control_client::connect(*path);
  if (client.has_error()) {
    print_error(client.error().text);
    return exit_failed;
  }
  enter_main_thread();
  const auto loop = main_loop::create();
  if (loop.has_error()) {
    print_error(loop.error().text);
    return exit_failed;
  }
  const auto shown = show(*client, path->string(), **loop, options.duration);
  if (shown.has_error()) {
    print_error("top: " + shown.error().text);
    return exit_failed;
  }
  return *shown;
}

}  // namespace moonward::host
