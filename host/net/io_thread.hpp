/// An I/O thread: one Asio io_context, and the stack of sockets that want its attention.
///
/// Any thread may push a socket; the one that finds the stack empty wakes the thread through an
/// eventfd, so a burst of requests costs one system call. That write is the only one a worker's
/// system call filter has to let through.
/// Thread: `push`, `wake_descriptor` and `stop` any; the rest is for the thread that calls `run`.
#pragma once

#include "host/net/net_socket.hpp"
#include "host/net/ready_set.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <memory>
#include <span>

namespace moonward::host {

class io_thread {
 public:
  io_thread();
  ~io_thread();
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  /// Schedules a socket; takes over one reference to it.
  void push(net_socket& socket) noexcept;
  [[nodiscard]] int wake_descriptor() const noexcept { return wake_descriptor_; }
  /// Makes `run` return.
  void stop() noexcept;

  /// Works until `stop`.
  void run() noexcept;
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] ready_set& ready() noexcept { return ready_; }
  /// Where bytes are read into before their message has its size.
  [[nodiscard]] std::span<char> scratch() noexcept { return {scratch_.get(), scratch_bytes}; }
  /// The process is out of descriptors: accepts one connection with the descriptor held in reserve
  /// and closes it, so that the peer isn't left waiting. False when not even that works.
  [[nodiscard]] bool shed_connection(int listener) noexcept;

  static constexpr std::size_t scratch_bytes = 64 * 1024;

 private:
  void await_wake() noexcept;
  void run_scheduled() noexcept;
  void wake() const noexcept;

  // No other thread touches a socket: the reactor needs no locks.
  boost::asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  ready_set ready_{context_};
  int wake_descriptor_ = -1;
  int reserve_descriptor_ = -1;
  boost::asio::posix::stream_descriptor wake_;
  std::atomic<net_socket*> scheduled_{nullptr};  // any thread pushes (release), I/O takes (acquire)
  std::unique_ptr<char[]> scratch_;
};

}  // namespace moonward::host
