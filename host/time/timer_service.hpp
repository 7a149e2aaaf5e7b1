/// The timers of all services: one wheel, one lock, one thread that sleeps until something is due.
///
/// A timer owns the message it will send, allocated when the timer is made, so that a one-shot
/// timer never fails when it is due. Due times are absolute: a periodic timer doesn't drift, and
/// periods that were missed are left out, not caught up. A timer is never early, and late by less
/// than one tick (1 ms) plus the wake-up. All messages due are collected under the lock, some
/// thousands at most at a time, and pushed after it. A receiver that turns out to be dead loses
/// all of its timers.
///
/// Node and message of a timer are charged to the account given, which must outlive both.
/// Threads: any for all functions but `run`, which is the timer thread's body.
#pragma once

#include "host/bus/message_sink.hpp"
#include "host/time/clock.hpp"
#include "host/time/timer_wheel.hpp"

#include "sandbox/memory/account.hpp"
#include "sandbox/message.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace moonward::host {

class timer_service {
 public:
  /// What one pending timer costs its account, in bytes.
  static const std::size_t timer_footprint;

  timer_service(message_sink& sink, const clock& time) noexcept;
  timer_service(const timer_service&) = delete;
  timer_service& operator=(const timer_service&) = delete;
  /// Frees what is pending; `run` has returned.
  ~timer_service();

  /// A message of type response, origin timer, with `session` goes to `owner` after `delay_ms`,
  /// then every `period_ms` unless that is 0. A delay of 0 without a period is pushed at once, by
  /// the calling thread. False when the account refuses, memory is out or the owner has `most`
  /// timers pending. A session that has a timer already keeps the old one too. @thread any
  [[nodiscard]] bool add(sandbox::handle owner, std::int32_t session, std::uint64_t delay_ms,
                         std::uint64_t period_ms, sandbox::memory_account* account,
                         std::uint64_t most = ~std::uint64_t{0}) noexcept;

  /// True when the timer was pending; false when there is none, or its message is on its way.
  /// @thread any
  bool cancel(sandbox::handle owner, std::int32_t session) noexcept;

  /// Drops all timers of a service that has ended, and what it keeps here; how many they were. In
  /// batches, between which others have their turn. @thread any
  std::size_t cancel_all(sandbox::handle owner) noexcept;

  [[nodiscard]] std::size_t pending() const noexcept;
  [[nodiscard]] std::size_t pending_of(sandbox::handle owner) const noexcept;
  /// Periods that sent nothing because the account refused the message.
  [[nodiscard]] std::uint64_t skipped() const noexcept;

  /// Read from the clock at each call, not a cached tick.
  [[nodiscard]] std::uint64_t now_ms() const noexcept { return clock_.now_ms(); }
  [[nodiscard]] std::uint64_t now_ns() const noexcept { return clock_.now_ns(); }

  /// Sends what is due by now; how many messages. For tests with a clock of their own; `run` does
  /// nothing else. @thread one at a time
  std::size_t run_due() noexcept;

  /// Sends what is due until `stop`. @thread timer
  void run() noexcept;
  /// Lets `run` return, also one that is called later. @thread any
  void stop() noexcept;

 private:
  struct timer;
  struct owner_timers;

  [[nodiscard]] static timer* make_timer(sandbox::handle owner, std::int32_t session,
                                         std::uint64_t period_ms,
                                         sandbox::memory_account* account) noexcept;
  [[nodiscard]] static sandbox::message* make_timer_message(
      sandbox::handle owner, std::int32_t session, sandbox::memory_account* account) noexcept;
  static void free_timer(timer* t) noexcept;
  [[nodiscard]] owner_timers* owner_of(sandbox::handle owner) noexcept;
  [[nodiscard]] static timer* find(owner_timers& list, std::int32_t session) noexcept;
  void attach(owner_timers& list, timer& t) noexcept;
  void detach(timer& t) noexcept;
  // Collects what is due: messages into a chain, timers that are done into another. True when
  // there's more.
  [[nodiscard]] bool collect(std::uint64_t now_ms, sandbox::message*& messages,
                             timer*& done) noexcept;

  message_sink& sink_;
  const clock& clock_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  timer_wheel wheel_;
  std::unordered_map<sandbox::handle, std::unique_ptr<owner_timers>> owners_;
  std::uint64_t sleeps_until_ms_ = 0;  // 0: the timer thread is awake
  std::uint64_t skipped_ = 0;
  bool stopping_ = false;
};

}  // namespace moonward::host
