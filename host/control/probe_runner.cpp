#include "host/control/probe_runner.hpp"

#include "host/control/probe_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace moonward::host {

struct probe_runner::implementation {
  boost::asio::io_context loop{1};
  std::vector<std::unique_ptr<probe_connection>> connections;  // fixed before the thread starts
  thread prober;
};

probe_runner::probe_runner(std::unique_ptr<implementation> i) noexcept
    : implementation_{std::move(i)} {}

policies::result<std::unique_ptr<probe_runner>> probe_runner::start(
    const std::vector<probe_target>& targets, const thread_setup& setup) {
  auto made = std::make_unique<implementation>();
  for (const probe_target& target : targets) {
    made->connections.push_back(
        std::make_unique<probe_connection>(made->loop.get_executor(), target));
    made->connections.back()->start();
  }
  auto prober = launch_thread(
      thread_role::io, "probe", [&inner = *made] { inner.loop.run(); }, setup);
  if (prober.has_error()) return prober.error();
  made->prober = std::move(*prober);
  return std::unique_ptr<probe_runner>{new probe_runner{std::move(made)}};
}

probe_runner::~probe_runner() { stop(); }

void probe_runner::stop() noexcept {
  if (!implementation_ || !implementation_->prober.joinable()) return;
  boost::asio::post(implementation_->loop, [&inner = *implementation_] {
    for (const auto& connection : inner.connections) connection->stop();
  });
  implementation_->prober.join();
}

std::vector<probe_report> probe_runner::reports() const {
  std::vector<probe_report> all;
  for (const auto& connection : implementation_->connections) all.push_back(connection->report());
  return all;
}

}  // namespace moonward::host
