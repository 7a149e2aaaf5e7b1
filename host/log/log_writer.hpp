/// The log thread's work: takes lines from the queue, writes them, many at a time, and shows them
/// to whoever follows the log.
///
/// Invariant: a line that the queue accepted before `stop` is written before `run` returns, unless
/// the disk or the reader of stdout refuses it: that is counted, and never blocks a service.
/// Threads: `run` is the log thread's body; the rest may be called by any.
#pragma once

#include "host/log/log_format.hpp"
#include "host/log/log_queue.hpp"

#include "policies/result.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace moonward::host {

struct log_settings {
  /// Appended to, made when missing; empty: standard output.
  std::filesystem::path file;
  /// What scripts print goes to standard output as it is, one line each; all else to standard
  /// error as log lines. For `exec`; not together with `file`.
  bool raw = false;
  /// Colours when the output is a terminal (never in a file, never when NO_COLOR is set).
  bool allow_colours = true;
  /// Lines kept for those who ask later.
  std::size_t recent_lines = 1000;
};

class log_writer {
 public:
  /// Called on the log thread with each record and its line (without newline and colours); must
  /// not block and not call the writer.
  using follower = std::function<void(const log_record&, std::string_view line)>;

  /// Opens the file. Fails with a text that names it.
  [[nodiscard]] static policies::result<std::unique_ptr<log_writer>> open(log_queue& queue,
                                                                          log_settings settings);
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;
  ~log_writer();

  /// Writes until `stop`. @thread log
  void run() noexcept;
  /// Lets `run` return after it has written all that's queued. @thread any
  void stop() noexcept;
  /// Opens the file anew before the next line: after a rotation. @thread any
  void reopen() noexcept;

  /// Shows every line from now on to `f`; the number is for unsubscribe. @thread any
  [[nodiscard]] std::uint64_t subscribe(follower f);
  /// No call of the follower begins or runs after the return. Not from a follower. @thread any
  void unsubscribe(std::uint64_t id) noexcept;

  /// The last lines, oldest first, at most `count`. @thread any
  [[nodiscard]] std::vector<std::string> recent(std::size_t count) const;

  /// What it writes to, for the log thread's system call filter. @thread any
  [[nodiscard]] std::vector<int> descriptors() const;

  /// Bytes that could not be written. @thread any
  [[nodiscard]] std::uint64_t unwritten_bytes() const noexcept {
    return unwritten_.load(std::memory_order_relaxed);
  }

  /// Writes what is queued now; true when there was something. `run` does nothing else; tests call
  /// it by hand. @thread log
  bool write_queued() noexcept;

 private:
  log_writer(log_queue& queue, log_settings settings, int descriptor) noexcept;

  void append(const log_record& record) noexcept;
  void show(const log_record& record);
  void flush() noexcept;
  void flush_to(int descriptor, std::string& buffer) noexcept;
  void open_again() noexcept;

  log_queue& queue_;
  const log_settings settings_;

  // The log thread alone.
  int out_;  // where lines go
  log_colours colours_;
  std::string lines_;    // to out_, or to standard error in raw mode
  std::string printed_;  // raw mode: to standard output
  std::string shown_;

  std::atomic<bool> stopping_{false};        // any thread sets (release), log reads (acquire)
  std::atomic<bool> reopen_{false};          // any thread sets, log takes; relaxed
  std::atomic<std::uint64_t> unwritten_{0};  // log adds, any reads; relaxed

  mutable std::mutex mutex_;  // guards what follows; the log thread holds it while it shows a batch
  std::vector<std::pair<std::uint64_t, follower>> followers_;
  std::uint64_t next_follower_ = 1;
  std::deque<std::string> recent_;
};

}  // namespace moonward::host
