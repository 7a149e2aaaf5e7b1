#include "host/control/main_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

namespace {

// Edge-triggered on a descriptor that is always readable: each re-arming is one edge.
void arm(int epoll, int operation, int wakeup) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.fd = wakeup;
  ::epoll_ctl(epoll, operation, wakeup, &event);
}

void close_all(std::initializer_list<int> descriptors) noexcept {
  for (const int descriptor : descriptors)
    if (descriptor >= 0) ::close(descriptor);
}

}  // namespace

policies::result<std::unique_ptr<main_loop>> main_loop::create() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&handled, number);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const int signals = ::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
  const int wakeup = ::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = signals;
  if (epoll < 0 || signals < 0 || wakeup < 0 ||
      ::epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &event) != 0) {
    const int error = errno;
    close_all({epoll, signals, wakeup});
    return policies::failure{std::string{"cannot wait for signals: "} + std::strerror(error)};
  }
  std::unique_ptr<main_loop> loop{new main_loop{epoll, signals, wakeup}};
  arm(epoll, EPOLL_CTL_ADD, wakeup);
  return loop;
}

main_loop::~main_loop() { close_all({epoll_, signals_, wakeup_}); }

wake_reason main_loop::read_signal() noexcept {
  signalfd_siginfo received{};
  if (::read(signals_, &received, sizeof received) != sizeof received) return wake_reason::timeout;
  return received.ssi_signo == SIGHUP ? wake_reason::hang_up : wake_reason::stop_signal;
}

wake_reason main_loop::wait(clock::time_point deadline) {
  for (;;) {
    {
      const std::lock_guard lock{mutex_};
      if (!requests_.empty()) return wake_reason::requests;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
    const int patience = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    epoll_event event{};
    const int ready = ::epoll_wait(epoll_, &event, 1, patience);
    if (ready == 1 && event.data.fd == signals_) {
      if (const wake_reason reason = read_signal(); reason != wake_reason::timeout) return reason;
    } else if (ready == 0 && clock::now() >= deadline) {
      return wake_reason::timeout;
    }
  }
}

void main_loop::post(request task) {
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back(std::move(task));
  }
  arm(epoll_, EPOLL_CTL_MOD, wakeup_);
}

std::vector<main_loop::request> main_loop::take_requests() {
  const std::lock_guard lock{mutex_};
  return std::exchange(requests_, {});
}

}  // namespace moonward::host
