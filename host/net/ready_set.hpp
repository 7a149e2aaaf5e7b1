/// Which connections of an I/O thread have become ready, many told by one system call.
///
/// Asio arms a wait by a system call each time. Connections wait all the time, so each is
/// registered once, edge-triggered, with an epoll set of their own, and the I/O thread's loop waits
/// for that set as a whole. Edge-triggered means: a target is told once when something arrives or
/// room appears, and must then go on until the system says that there's no more (or ask for another
/// turn). Invariant: after `remove` the target is not called any more. Thread: the I/O thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cstddef>
#include <sys/epoll.h>

namespace moonward::host {

struct readiness {
  bool input = false;   ///< bytes, the end of input, or an error
  bool output = false;  ///< room in the send buffer, a connect that is done, or an error
  bool ending = false;  ///< the peer sends no more, or the connection is broken
};

class ready_target {
 public:
  virtual void on_ready(readiness what) noexcept = 0;

 protected:
  ~ready_target() = default;
};

class ready_set {
 public:
  explicit ready_set(boost::asio::io_context& context);
  ready_set(const ready_set&) = delete;
  ready_set& operator=(const ready_set&) = delete;

  /// False with errno when the system refuses. What is ready already is told soon.
  [[nodiscard]] bool add(int descriptor, ready_target& target) noexcept;
  /// Before the descriptor is closed.
  void remove(int descriptor, ready_target& target) noexcept;

 private:
  static constexpr int most_events = 128;
  void await() noexcept;
  void tell_all() noexcept;

  boost::asio::posix::stream_descriptor set_;
  std::array<epoll_event, most_events> events_{};
  int next_ = 0;  // of events_, the first that hasn't been told
  int count_ = 0;
};

}  // namespace moonward::host
