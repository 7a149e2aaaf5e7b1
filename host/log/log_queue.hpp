/// The queue between everybody who logs and the log thread.
///
/// A push never blocks and takes no lock: beyond the queue's byte limit, or when a service is over
/// its `log_rate`, the line is dropped and counted, and the count is told with the service's next
/// line (or, for the queue's limit, in a line of the host's own). What was accepted is written,
/// also what was pushed before the writer's stop.
/// Threads: any pushes; the log thread takes.
#pragma once

#include "host/log/log_record.hpp"
#include "host/rate_limit.hpp"
#include "host/time/clock.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::host {

/// Who says something: a service, or a part of the host. Lives as long as its owner.
struct log_source {
  std::string tenant;                          ///< empty: the host
  std::string name;                            ///< of the service
  sandbox::handle service = 0;                 ///< 0: the host
  std::uint64_t line_bytes = 4096;             ///< longer texts are cut; fixed before sharing
  sandbox::memory_account* account = nullptr;  ///< pays for waiting lines; null: nobody
  rate_limit rate;                             ///< lines a second
  /// Lines lost since the last one that got through. Any thread adds, whoever gets a line through
  /// takes all; relaxed.
  std::atomic<std::uint64_t> dropped{0};
};

class log_queue {
 public:
  static constexpr std::uint64_t default_max_bytes = std::uint64_t{16} << 20;

  /// `time` serves the rate limits; lines carry the system's UTC.
  explicit log_queue(const clock& time, std::uint64_t max_bytes = default_max_bytes) noexcept
      : clock_{time}, max_bytes_{max_bytes} {}
  log_queue(const log_queue&) = delete;
  log_queue& operator=(const log_queue&) = delete;
  ~log_queue();

  /// Queues a line of `source`; false when it was dropped. @thread any
  bool push(log_source& source, log_level level, std::string_view text) noexcept;
  /// A line of the host's own: no rate limit, no tenant. @thread any
  bool push_host(log_level level, std::string_view text) noexcept;

  /// All lines, oldest first, linked by `next`; null when there are none. Each must go back to
  /// `release`. @thread log
  [[nodiscard]] log_record* take_all() noexcept;
  void release(log_record* record) noexcept;

  /// Sleeps until there is a line or `wake` was called since the last wait. @thread log
  void wait() noexcept;
  void wake() noexcept;

  /// Bytes waiting or being written.
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }
  /// Lines dropped because the queue was full or memory refused, since the last call; rate limits
  /// don't count. @thread log
  [[nodiscard]] std::uint64_t take_lost() noexcept {
    return lost_.exchange(0, std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] log_record* make(const log_source& source, log_level level,
                                 std::string_view text) noexcept;
  void link(log_record* record) noexcept;

  const clock& clock_;
  const std::uint64_t max_bytes_;
  // Any thread pushes (CAS, release), the log thread takes all (exchange, acquire).
  alignas(64) std::atomic<log_record*> head_{nullptr};
  // Any thread adds, the log thread and rolled-back pushes subtract; relaxed: a number by itself.
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> lost_{0};  // any thread adds, the log thread takes; relaxed
  // 1: there's something to do. Any thread sets it (release), the log thread clears it (acquire).
  std::atomic<int> awake_{0};
};

}  // namespace moonward::host
