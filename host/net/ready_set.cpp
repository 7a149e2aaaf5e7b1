#include "host/net/ready_set.hpp"

#include <cerrno>
#include <system_error>

namespace moonward::host {

ready_set::ready_set(boost::asio::io_context& context) : set_{context} {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0)
    throw std::system_error{errno, std::generic_category(), "epoll set of an I/O thread"};
  set_.assign(descriptor);
  await();
}

bool ready_set::add(int descriptor, ready_target& target) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &target;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void ready_set::remove(int descriptor, ready_target& target) noexcept {
  epoll_event none{};
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, &none);
  for (int i = next_; i < count_; ++i) {
    epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &target) event.data.ptr = nullptr;
  }
}

void ready_set::await() noexcept {
  set_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                  [this](const boost::system::error_code& failed) {
                    if (failed) return;
                    tell_all();
                    await();
                  });
}

// One round: what comes meanwhile keeps the set ready, and the loop comes back to it after its
// timers and requests.
void ready_set::tell_all() noexcept {
  count_ = ::epoll_wait(set_.native_handle(), events_.data(), most_events, 0);
  for (next_ = 0; next_ < count_;) {
    const epoll_event event = events_[static_cast<std::size_t>(next_++)];
    if (event.data.ptr == nullptr) continue;
    const bool broken = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
    readiness what;
    what.ending = broken || (event.events & EPOLLRDHUP) != 0;
    what.input = what.ending || (event.events & EPOLLIN) != 0;
    what.output = broken || (event.events & EPOLLOUT) != 0;
    static_cast<ready_target*>(event.data.ptr)->on_ready(what);
  }
}

}  // namespace moonward::host
