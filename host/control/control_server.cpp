#include "host/control/control_server.hpp"

#include "host/control/control_session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <chrono>
#include <fcntl.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace moonward::host {

namespace asio = boost::asio;

namespace {

// How long a stop waits for clients to take their last answers.
constexpr std::chrono::milliseconds patience{300};
// After an accept that failed (no descriptor left): not again at once.
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

struct control_server::implementation {
  implementation(const control_socket& socket, control_port& served)
      : port{served}, acceptor{loop}, pause{loop}, deadline{loop} {
    // The listening socket stays its owner's: the acceptor works on a duplicate.
    const int duplicate = ::fcntl(socket.descriptor(), F_DUPFD_CLOEXEC, 0);
    boost::system::error_code error;
    acceptor.assign(asio::local::stream_protocol(), duplicate, error);
    if (error) ::close(duplicate);
  }

  void accept() {
    acceptor.async_accept([this](boost::system::error_code error, control_session::socket peer) {
      if (!acceptor.is_open()) return;
      if (error) {
        pause.expires_after(accept_pause);
        pause.async_wait([this](boost::system::error_code ended) {
          if (!ended && acceptor.is_open()) accept();
        });
        return;
      }
      greet(std::move(peer));
      accept();
    });
  }

  void greet(control_session::socket peer) {
    ucred who{};
    socklen_t size = sizeof who;
    const bool known =
        ::getsockopt(peer.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0;
    const auto session = std::make_shared<control_session>(
        std::move(peer), port, fmt::format("uid {}", known ? std::to_string(who.uid) : "unknown"),
        [this](const std::shared_ptr<control_session>& ended) {
          sessions.erase(ended);
          if (sessions.empty()) deadline.cancel();
        });
    sessions.insert(session);
    if (!known || (who.uid != own_user && who.uid != 0))
      session->refuse("only the host's own user and root may control it");
    else if (sessions.size() > max_clients)
      session->refuse(fmt::format("{} clients are connected already; try again", max_clients));
    else session->start();
  }

  void wind_up() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    const std::vector<std::shared_ptr<control_session>> all{sessions.begin(), sessions.end()};
    for (const auto& session : all) session->finish();
    if (sessions.empty()) return;
    deadline.expires_after(patience);
    deadline.async_wait([this](boost::system::error_code) {
      const std::vector<std::shared_ptr<control_session>> rest{sessions.begin(), sessions.end()};
      for (const auto& session : rest) session->close();
    });
  }

  control_port& port;
  const uid_t own_user = ::geteuid();
  asio::io_context loop{1};
  asio::local::stream_protocol::acceptor acceptor;
  asio::steady_timer pause;
  asio::steady_timer deadline;
  std::set<std::shared_ptr<control_session>> sessions;  // the control thread's
  thread server;
};

control_server::control_server(std::unique_ptr<implementation> i) noexcept
    : implementation_{std::move(i)} {}

policies::result<std::unique_ptr<control_server>> control_server::start(
    const control_socket& socket, control_port& port, const thread_setup& setup) {
  auto made = std::make_unique<implementation>(socket, port);
  if (!made->acceptor.is_open())
    return policies::failure{
        fmt::format("control socket {}: cannot be served", socket.path().string())};
  made->accept();
  auto server = launch_thread(
      thread_role::control, "control", [&inner = *made] { inner.loop.run(); }, setup);
  if (server.has_error()) return server.error();
  made->server = std::move(*server);
  return std::unique_ptr<control_server>{new control_server{std::move(made)}};
}

control_server::~control_server() { stop(); }

void control_server::stop() noexcept {
  if (!implementation_ || !implementation_->server.joinable()) return;
  asio::post(implementation_->loop, [&inner = *implementation_] { inner.wind_up(); });
  implementation_->server.join();
}

}  // namespace moonward::host
