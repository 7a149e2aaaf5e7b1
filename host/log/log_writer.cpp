#include "host/log/log_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <unistd.h>

namespace moonward::host {

namespace {

// Written in one go; also how long followers and `recent` may have to wait for the lock.
constexpr std::size_t batch_bytes = 64 * 1024;
// How long a reader of stdout that takes nothing may hold up the log thread, each time.
constexpr int patience_ms = 1000;

int open_file(const std::filesystem::path& file) noexcept {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
}

log_colours colours_for(int descriptor, const log_settings& settings) noexcept {
  const char* const refused = std::getenv("NO_COLOR");
  if (!settings.allow_colours || !settings.file.empty() || ::isatty(descriptor) == 0 ||
      (refused != nullptr && *refused != '\0'))
    return log_colours::off;
  return log_colours::on;
}

}  // namespace

policies::result<std::unique_ptr<log_writer>> log_writer::open(log_queue& queue,
                                                               log_settings settings) {
  int descriptor = settings.raw ? STDERR_FILENO : STDOUT_FILENO;
  if (!settings.file.empty()) {
    descriptor = open_file(settings.file);
    if (descriptor < 0)
      return policies::failure{"cannot open the log file " + settings.file.string() + ": " +
                               std::strerror(errno)};
  }
  return std::unique_ptr<log_writer>{new log_writer{queue, std::move(settings), descriptor}};
}

log_writer::log_writer(log_queue& queue, log_settings settings, int descriptor) noexcept
    : queue_{queue},
      settings_{std::move(settings)},
      out_{descriptor},
      colours_{colours_for(descriptor, settings_)} {}

log_writer::~log_writer() {
  if (!settings_.file.empty()) ::close(out_);
}

void log_writer::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  queue_.wake();
}

void log_writer::reopen() noexcept {
  reopen_.store(true, std::memory_order_relaxed);
  queue_.wake();
}

std::uint64_t log_writer::subscribe(follower f) {
  const std::lock_guard lock{mutex_};
  followers_.emplace_back(next_follower_, std::move(f));
  return next_follower_++;
}

void log_writer::unsubscribe(std::uint64_t id) noexcept {
  const std::lock_guard lock{mutex_};
  std::erase_if(followers_, [id](const auto& entry) { return entry.first == id; });
}

std::vector<std::string> log_writer::recent(std::size_t count) const {
  const std::lock_guard lock{mutex_};
  count = std::min(count, recent_.size());
  return {recent_.end() - static_cast<std::ptrdiff_t>(count), recent_.end()};
}

// -- the log thread ---------------------------------------------------------------------------

void log_writer::run() noexcept {
  for (;;) {
    queue_.wait();
    // What was pushed before the stop is in the queue by now.
    if (stopping_.load(std::memory_order_acquire)) break;
    while (write_queued() && !stopping_.load(std::memory_order_acquire)) {
    }
  }
  write_queued();
  write_queued();  // what the first round had to say itself
}

bool log_writer::write_queued() noexcept {
  if (reopen_.exchange(false, std::memory_order_relaxed)) open_again();
  log_record* record = queue_.take_all();
  const std::uint64_t lost = queue_.take_lost();
  if (record == nullptr && lost == 0) return false;
  while (record != nullptr) {
    {
      const std::lock_guard lock{mutex_};
      while (record != nullptr && lines_.size() + printed_.size() < batch_bytes) {
        append(*record);
        log_record* const next = record->next;
        queue_.release(record);
        record = next;
      }
    }
    flush();
  }
  // The next round of `run` writes it.
  if (lost != 0)
    queue_.push_host(log_level::warning, fmt::format("the log queue was full: {} {} lost", lost,
                                                     lost == 1 ? "line" : "lines"));
  return true;
}

void log_writer::append(const log_record& record) noexcept {
  const std::size_t before = lines_.size();
  const std::size_t printed_before = printed_.size();
  try {
    if (settings_.raw && record.level == log_level::print) {
      printed_.append(record.text());
      printed_ += '\n';
    } else {
      append_line(lines_, record, colours_);
    }
    show(record);
  } catch (const std::bad_alloc&) {
    lines_.resize(before);
    printed_.resize(printed_before);
    unwritten_.fetch_add(record.text_bytes, std::memory_order_relaxed);
  }
}

void log_writer::show(const log_record& record) {
  if (followers_.empty() && settings_.recent_lines == 0) return;
  shown_.clear();
  append_line(shown_, record, log_colours::off);
  shown_.pop_back();
  for (const auto& [id, call] : followers_) call(record, shown_);
  if (settings_.recent_lines == 0) return;
  // The oldest string becomes the newest, so that a full ring allocates nothing.
  std::string line;
  if (recent_.size() >= settings_.recent_lines) {
    line = std::move(recent_.front());
    recent_.pop_front();
  }
  line.assign(shown_);
  recent_.push_back(std::move(line));
}

void log_writer::flush() noexcept {
  flush_to(STDOUT_FILENO, printed_);
  flush_to(out_, lines_);
}

void log_writer::flush_to(int descriptor, std::string& buffer) noexcept {
  std::string_view rest = buffer;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    pollfd ready{descriptor, POLLOUT, 0};
    if (errno == EAGAIN && ::poll(&ready, 1, patience_ms) > 0) continue;
    unwritten_.fetch_add(rest.size(), std::memory_order_relaxed);
    break;
  }
  buffer.clear();
}

std::vector<int> log_writer::descriptors() const {
  if (settings_.raw) return {STDOUT_FILENO, STDERR_FILENO};
  return {out_};
}

void log_writer::open_again() noexcept {
  if (settings_.file.empty()) return;
  const int fresh = open_file(settings_.file);
  if (fresh < 0) {
    const int error = errno;
    queue_.push_host(log_level::error,
                     fmt::format("cannot open the log file {} again: {}; still writing to the "
                                 "former one",
                                 settings_.file.string(), std::strerror(error)));
    return;
  }
  // Under the same number, which is the one that the log thread may write to.
  ::dup3(fresh, out_, O_CLOEXEC);
  ::close(fresh);
}

}  // namespace moonward::host
