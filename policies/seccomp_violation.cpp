#include "policies/seccomp_violation.hpp"

#include <seccomp.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace moonward::policies {

namespace {

// The siginfo code of a signal that a filter raised (SYS_SECCOMP, which glibc doesn't always name).
constexpr int raised_by_filter = 1;
// Above the newest call's number; a call beyond is reported by its number alone.
constexpr std::size_t known_calls = 512;

std::array<const char*, known_calls> call_names{};
std::atomic<violation_sink> report{nullptr};
static_assert(std::atomic<violation_sink>::is_always_lock_free);

constinit thread_local std::array<char, 16> thread_role{};

// A line put together without allocating and without locale.
class line_writer {
 public:
  void add(std::string_view text) noexcept {
    for (const char character : text) {
      if (length_ < buffer_.size()) {
        buffer_[length_++] = character;
      }
    }
  }
  void add(std::uint64_t number) noexcept {
    std::array<char, 20> digits{};
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    add(std::string_view(digits.data() + first, digits.size() - first));
  }
  [[nodiscard]] const char* data() const noexcept { return buffer_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return length_; }

 private:
  std::array<char, 160> buffer_{};
  std::size_t length_ = 0;
};

void write_to_standard_error(const char* text, std::size_t length) {
  while (length > 0) {
    const ssize_t written = ::write(STDERR_FILENO, text, length);
    if (written <= 0) {
      return;
    }
    text += written;
    length -= static_cast<std::size_t>(written);
  }
}

extern "C" void on_violation(int /*signal*/, siginfo_t* info, void* /*context*/) {
  line_writer line;
  if (info->si_code == raised_by_filter) {
    const auto number = static_cast<std::uint64_t>(static_cast<unsigned>(info->si_syscall));
    const char* name = number < call_names.size() ? call_names[number] : nullptr;
    line.add("seccomp violation: role ");
    line.add(thread_role[0] == '\0' ? std::string_view("unknown") : thread_role.data());
    line.add(" called ");
    line.add(name == nullptr ? std::string_view("an unknown system call") : name);
    line.add(" (");
    line.add(number);
    line.add(")\n");
  } else {
    line.add("SIGSYS was sent to the process, not raised by a filter: stopping\n");
  }
  const violation_sink sink = report.load(std::memory_order_relaxed);
  (sink == nullptr ? write_to_standard_error : sink)(line.data(), line.size());
  ::_exit(violation_exit_status);
}

}  // namespace

void install_violation_handler(violation_sink sink) noexcept {
  for (std::size_t number = 0; number < call_names.size(); ++number) {
    // Kept for the life of the process: a handler can't allocate.
    if (call_names[number] == nullptr) {
      call_names[number] =
          ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
    }
  }
  report.store(sink, std::memory_order_relaxed);
  struct sigaction action = {};
  action.sa_sigaction = on_violation;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  ::sigaction(SIGSYS, &action, nullptr);
}

void set_violation_role(const char* role) noexcept {
  thread_role = {};
  for (std::size_t index = 0; index + 1 < thread_role.size() && role[index] != '\0'; ++index) {
    thread_role[index] = role[index];
  }
}

}  // namespace moonward::policies
