/// Every thread of the process starts here: with a role, a name, a signal mask and the protection
/// that goes with the role.
///
/// Signals: the faults that a thread causes itself (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
/// SIGSYS, SIGABRT) are open everywhere, because blocking them only turns a report into silence;
/// the interrupt signal is open on workers alone; everything else is blocked everywhere, and the
/// main thread takes SIGINT, SIGTERM and SIGHUP by signalfd or sigwait.
/// Workers have a stack of 1 MiB with a guard of 256 KiB below it: a script that recurses in C
/// runs into the guard, not into other memory.
#pragma once

#include "policies/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <pthread.h>
#include <string_view>
#include <sys/types.h>

namespace moonward::host {

enum class thread_role : std::uint8_t {
  main,
  worker,
  monitor,
  timer,
  io,
  resolver,
  loader,
  control,
  log,
  cleaner,
};

/// "worker", "timer", …: also the name of the role's seccomp profile.
[[nodiscard]] std::string_view to_string(thread_role role) noexcept;

struct thread_setup {
  /// Installs the role's protection; called on the new thread before its body. May be empty.
  std::function<void(thread_role)> protect;
  /// Usable stack; 0: the default of the role.
  std::size_t stack_bytes = 0;
};

/// A thread that must be joined; a resource, movable. Thread: whoever owns the object.
class thread {
 public:
  thread() noexcept = default;
  thread(thread&& other) noexcept;
  thread& operator=(thread&& other) noexcept;
  thread(const thread&) = delete;
  thread& operator=(const thread&) = delete;
  /// Joins.
  ~thread();

  [[nodiscard]] bool joinable() const noexcept { return joinable_; }
  /// Waits for the end of the body. A no-op when there's none to wait for.
  void join() noexcept;
  /// Leaves the thread behind: for one that is caught in a system call without end.
  void detach() noexcept;
  /// For pthread_kill and pthread_getcpuclockid; only while joinable.
  [[nodiscard]] pthread_t native_handle() const noexcept { return id_; }

 private:
  friend policies::result<thread> launch_thread(thread_role, std::string_view,
                                                std::function<void()>, const thread_setup&);
  pthread_t id_{};
  bool joinable_ = false;
};

/// Starts a thread. `name` is cut to 15 bytes (the kernel's limit). `body` must not throw: that
/// ends the process. Fails when the kernel refuses the thread. @thread any
[[nodiscard]] policies::result<thread> launch_thread(thread_role role, std::string_view name,
                                                     std::function<void()> body,
                                                     const thread_setup& setup);

/// Makes the calling thread, the process's first, the main thread: role, name and signal mask. To
/// be called before any other thread starts. @thread main
void enter_main_thread() noexcept;

/// The role the calling thread was launched with; `main` on threads that weren't.
[[nodiscard]] thread_role current_role() noexcept;

/// A function on the wrong thread is a bug of the host: ends the process in debug builds.
#ifdef NDEBUG
inline void assert_role(thread_role /*role*/) noexcept {}
#else
void assert_role(thread_role role) noexcept;
#endif

}  // namespace moonward::host
