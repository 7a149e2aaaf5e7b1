/// What the main thread waits for: signals, other threads' requests, and time.
///
/// Waking it takes no write, so that threads whose filter allows none can do it: the request goes
/// into a list, and re-arming an always readable descriptor makes the wait return. Invariant: a
/// request that was posted before `wait` returns is in `take_requests` afterwards, in order.
/// Threads: `post` any; the rest main.
#pragma once

#include "policies/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace moonward::host {

/// What ended a wait; several at a time are reported one after the other.
enum class wake_reason : std::uint8_t {
  timeout,
  requests,     ///< take_requests() has some
  stop_signal,  ///< SIGTERM or SIGINT
  hang_up,      ///< SIGHUP
};

class main_loop {
 public:
  using clock = std::chrono::steady_clock;
  using request = std::function<void()>;

  /// Takes over SIGTERM, SIGINT and SIGHUP, which must be blocked in every thread.
  [[nodiscard]] static policies::result<std::unique_ptr<main_loop>> create();
  main_loop(const main_loop&) = delete;
  main_loop& operator=(const main_loop&) = delete;
  ~main_loop();

  /// Sleeps until something happens, at most until `deadline`. @thread main
  [[nodiscard]] wake_reason wait(clock::time_point deadline);
  /// Hands a request to the main thread. @thread any
  void post(request task);
  [[nodiscard]] std::vector<request> take_requests();

 private:
  main_loop(int epoll, int signals, int wakeup) noexcept
      : epoll_{epoll}, signals_{signals}, wakeup_{wakeup} {}

  [[nodiscard]] wake_reason read_signal() noexcept;

  const int epoll_;
  const int signals_;
  const int wakeup_;

  std::mutex mutex_;
  std::vector<request> requests_;  // any thread adds, main takes; under mutex_
};

}  // namespace moonward::host
