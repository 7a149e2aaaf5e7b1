#include "host/net/io_thread.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace moonward::host {

io_thread::io_thread()
    : wake_{context_}, scratch_{std::make_unique_for_overwrite<char[]>(scratch_bytes)} {
  wake_descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_descriptor_ < 0)
    throw std::system_error{errno, std::generic_category(), "eventfd for an I/O thread"};
  wake_.assign(wake_descriptor_);
  reserve_descriptor_ = ::fcntl(wake_descriptor_, F_DUPFD_CLOEXEC, 0);
  await_wake();
}

io_thread::~io_thread() {
  net_socket* left = scheduled_.exchange(nullptr, std::memory_order_acquire);
  while (left != nullptr) {
    const net_socket_ptr socket{left, false};
    left = socket->next_scheduled_;
  }
  if (reserve_descriptor_ >= 0) ::close(reserve_descriptor_);
}

void io_thread::push(net_socket& socket) noexcept {
  net_socket* head = scheduled_.load(std::memory_order_relaxed);
  do socket.next_scheduled_ = head;
  while (!scheduled_.compare_exchange_weak(head, &socket, std::memory_order_release,
                                           std::memory_order_relaxed));
  if (head == nullptr) wake();
}

void io_thread::wake() const noexcept {
  const std::uint64_t one = 1;
  while (::write(wake_descriptor_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void io_thread::stop() noexcept { context_.stop(); }

void io_thread::run() noexcept {
  const auto keep_going = boost::asio::make_work_guard(context_);
  context_.run();
}

void io_thread::await_wake() noexcept {
  wake_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                   [this](const boost::system::error_code& failed) {
                     if (failed) return;
                     std::uint64_t count = 0;
                     // The counter goes back to 0 before the stack is taken: who pushes after
                     // that finds it empty and wakes again.
                     (void)!::read(wake_descriptor_, &count, sizeof count);
                     run_scheduled();
                     await_wake();
                   });
}

void io_thread::run_scheduled() noexcept {
  net_socket* stack = scheduled_.exchange(nullptr, std::memory_order_acquire);
  net_socket* in_order = nullptr;
  while (stack != nullptr) {
    net_socket* next = stack->next_scheduled_;
    stack->next_scheduled_ = in_order;
    in_order = stack;
    stack = next;
  }
  while (in_order != nullptr) {
    // Once it runs the socket may be scheduled again, so its link is read first.
    const net_socket_ptr socket{in_order, false};
    in_order = in_order->next_scheduled_;
    socket->run_scheduled();
  }
}

bool io_thread::shed_connection(int listener) noexcept {
  if (reserve_descriptor_ < 0) return false;
  ::close(reserve_descriptor_);
  const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted >= 0) ::close(accepted);
  reserve_descriptor_ = ::fcntl(wake_descriptor_, F_DUPFD_CLOEXEC, 0);
  return accepted >= 0;
}

}  // namespace moonward::host
