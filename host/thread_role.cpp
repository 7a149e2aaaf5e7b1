#include "host/thread_role.hpp"

#include "sandbox/vm/execution.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

namespace {

thread_local thread_role role_of_thread = thread_role::main;

constexpr std::size_t default_stack_bytes = 1024 * 1024;
constexpr std::size_t worker_guard_bytes = 256 * 1024;
#ifdef MOONWARD_SANITIZER
constexpr std::size_t stack_factor = 8;  // instrumented frames are several times as large
#else
constexpr std::size_t stack_factor = 1;
#endif

// What a thread needs to begin; made by the launcher, freed by the thread.
struct beginning {
  thread_role role;
  std::array<char, 16> name;
  std::function<void()> body;
  std::function<void(thread_role)> protect;
};

sigset_t mask_of(thread_role role) noexcept {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT})
    sigdelset(&blocked, fault);
  if (role == thread_role::worker) sigdelset(&blocked, sandbox::interrupt_signal());
  return blocked;
}

std::array<char, 16> short_name(std::string_view name) noexcept {
  std::array<char, 16> text{};
  name.copy(text.data(), text.size() - 1);
  return text;
}

// For threads that live by the millisecond while workers may hold every core. The kernel may delay
// a sleeper by 50 µs to save a wake-up; and a thread that asks for short slices (Linux 6.12; older
// ones ignore it) gets a core soon after it wakes. Neither gives it more of the machine.
void ask_for_short_waits() noexcept {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  // struct sched_attr, version 0: glibc has none, and the kernel's header doesn't go with
  // <sched.h>.
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 100'000;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
  } wanted;
  static_assert(sizeof wanted == 48);
  wanted.nice = ::getpriority(PRIO_PROCESS, 0);
  ::syscall(SYS_sched_setattr, 0, &wanted, 0U);
}

void* begin(void* argument) noexcept {
  const std::unique_ptr<beginning> start{static_cast<beginning*>(argument)};
  role_of_thread = start->role;
  ::pthread_setname_np(::pthread_self(), start->name.data());
  if (start->role == thread_role::timer || start->role == thread_role::monitor ||
      start->role == thread_role::io)
    ask_for_short_waits();
  const sigset_t blocked = mask_of(start->role);
  ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
  if (start->protect) start->protect(start->role);
  start->body();
  return nullptr;
}

policies::failure refused(std::string_view name, int error) {
  return {"cannot start the thread " + std::string{name} + ": " + std::strerror(error)};
}

}  // namespace

std::string_view to_string(thread_role role) noexcept {
  switch (role) {
    case thread_role::main: return "main";
    case thread_role::worker: return "worker";
    case thread_role::monitor: return "monitor";
    case thread_role::timer: return "timer";
    case thread_role::io: return "io";
    case thread_role::resolver: return "resolver";
    case thread_role::loader: return "loader";
    case thread_role::control: return "control";
    case thread_role::log: return "log";
    case thread_role::cleaner: return "cleaner";
  }
  return "unknown";
}

thread::thread(thread&& other) noexcept
    : id_{other.id_}, joinable_{std::exchange(other.joinable_, false)} {}

thread& thread::operator=(thread&& other) noexcept {
  if (this != &other) {
    join();
    id_ = other.id_;
    joinable_ = std::exchange(other.joinable_, false);
  }
  return *this;
}

thread::~thread() { join(); }

void thread::join() noexcept {
  if (!joinable_) return;
  joinable_ = false;
  ::pthread_join(id_, nullptr);
}

void thread::detach() noexcept {
  if (!joinable_) return;
  joinable_ = false;
  ::pthread_detach(id_);
}

policies::result<thread> launch_thread(thread_role role, std::string_view name,
                                       std::function<void()> body, const thread_setup& setup) {
  auto start = std::make_unique<beginning>(
      beginning{role, short_name(name), std::move(body), setup.protect});
  pthread_attr_t attributes;
  if (const int error = ::pthread_attr_init(&attributes); error != 0) return refused(name, error);
  const std::size_t stack = setup.stack_bytes != 0 ? setup.stack_bytes : default_stack_bytes;
  int error = ::pthread_attr_setstacksize(&attributes, stack * stack_factor);
  if (error == 0 && role == thread_role::worker)
    error = ::pthread_attr_setguardsize(&attributes, worker_guard_bytes);
  thread started;
  if (error == 0) {
    // The thread begins with everything blocked, so that no signal meets it half set up.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    error = ::pthread_create(&started.id_, &attributes, begin, start.get());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  ::pthread_attr_destroy(&attributes);
  if (error != 0) return refused(name, error);
  (void)start.release();  // the thread's now
  started.joinable_ = true;
  return started;
}

void enter_main_thread() noexcept {
  role_of_thread = thread_role::main;
  ::pthread_setname_np(::pthread_self(), "moonward");
  const sigset_t blocked = mask_of(thread_role::main);
  ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
}

thread_role current_role() noexcept { return role_of_thread; }

#ifndef NDEBUG
void assert_role(thread_role role) noexcept {
  if (role_of_thread == role) return;
  const std::array<std::string_view, 5> parts{"bug: a function of the thread role ",
                                              to_string(role), " runs on ",
                                              to_string(role_of_thread), "\n"};
  for (const std::string_view part : parts)
    if (::write(STDERR_FILENO, part.data(), part.size()) < 0) break;
  std::abort();
}
#endif

}  // namespace moonward::host
