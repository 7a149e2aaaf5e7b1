// Each test forks a victim that installs the real filter of a role and then acts; what the victim
// writes to standard error and how it ends is compared.
#include "policies/seccomp_violation.hpp"

#include "policies/seccomp_profile.hpp"

#include "embedded/profiles.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <netdb.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace moonward::policies;

namespace {

#ifdef MOONWARD_SANITIZER
constexpr bool filters_work = false;
#else
constexpr bool filters_work = true;
#endif

const bool run_anyway = filters_work;
boost::test_tools::assertion_result when_filters_work(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(run_anyway);
  result.message() << "an instrumented build installs no filters";
  return result;
}
namespace decorators = boost::unit_test;

// Allocates in a pattern that makes an allocator grow, shrink and give back.
void allocate_at_length() {
  std::vector<std::string> blocks;
  for (int round = 0; round < 20; ++round) {
    for (std::size_t size = 16; size < (std::size_t{1} << 21); size = size * 3 / 2) {
      blocks.emplace_back(size, 'x');
    }
    blocks.clear();
    blocks.shrink_to_fit();
  }
}

// What a host has behind it when its filters are installed: glibc sets signal handlers with the
// first thread, and its allocator reads a file once, when a thread other than the main one gives
// back memory.
void settle_libraries() { std::thread(allocate_at_length).join(); }

// How a victim ended: "exit 0", "signal 31", and its standard error.
struct ending {
  std::string how;
  std::string standard_error;
};

constexpr int not_installed = 90;
constexpr int wakeup_fd = 50;

ending victim(const std::function<void()>& act) {
  int ends[2] = {-1, -1};
  BOOST_REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::dup2(::eventfd(0, EFD_CLOEXEC), wakeup_fd);
    settle_libraries();
    ::signal(SIGABRT, SIG_DFL);  // the test framework's would outlive the fork
    install_violation_handler();
    act();
    ::_exit(0);
  }
  ::close(ends[1]);
  ending result;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    result.standard_error.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  result.how = WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                                 : "signal " + std::to_string(WTERMSIG(status));
  return result;
}

void take_role(std::string_view role) {
  const auto rules = load_profile(profiles::files(), role);
  const bindings bound{{"wakeup", {wakeup_fd}}, {"log", {STDERR_FILENO}}};
  if (rules.has_error() || install(*rules, bound).has_error()) {
    ::_exit(not_installed);
  }
}

ending victim_in(std::string_view role, const std::function<void()>& act) {
  return victim([&] {
    take_role(role);
    act();
  });
}

void check_dies(std::string_view role, std::string_view call, long number,
                const std::function<void()>& act) {
  const ending end = victim_in(role, act);
  BOOST_TEST(end.how == "exit 159");
  BOOST_TEST(end.standard_error == "seccomp violation: role " + std::string(role) + " called " +
                                       std::string(call) + " (" + std::to_string(number) + ")\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seccomp_violations, *decorators::precondition(when_filters_work))

BOOST_AUTO_TEST_CASE(a_worker_that_opens_a_file_dies_and_is_named) {
  check_dies("worker", "openat", SYS_openat, [] { (void)::open("/etc/passwd", O_RDONLY); });
}

BOOST_AUTO_TEST_CASE(a_worker_that_makes_a_socket_dies_and_is_named) {
  check_dies("worker", "socket", SYS_socket, [] { (void)::socket(AF_INET, SOCK_STREAM, 0); });
}

BOOST_AUTO_TEST_CASE(a_worker_that_executes_dies_and_is_named) {
  check_dies("worker", "execve", SYS_execve, [] {
    char name[] = "/bin/true";
    char* arguments[] = {name, nullptr};
    ::execve(name, arguments, nullptr);
  });
}

BOOST_AUTO_TEST_CASE(a_worker_that_forks_dies_and_is_named) {
  check_dies("worker", "clone", SYS_clone, [] { (void)::fork(); });
}

BOOST_AUTO_TEST_CASE(a_worker_that_traces_dies_and_is_named) {
  check_dies("worker", "ptrace", SYS_ptrace, [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); });
}

BOOST_AUTO_TEST_CASE(a_worker_that_writes_elsewhere_dies_and_is_named) {
  check_dies("worker", "write", SYS_write, [] { (void)!::write(STDOUT_FILENO, "x", 1); });
}

BOOST_AUTO_TEST_CASE(a_worker_that_asks_for_executable_memory_dies_and_is_named) {
  check_dies("worker", "mmap", SYS_mmap, [] {
    ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  });
  check_dies("worker", "mprotect", SYS_mprotect, [] {
    void* page = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
  });
}

BOOST_AUTO_TEST_CASE(a_call_without_a_name_is_reported_by_its_number) {
  const ending end = victim_in("worker", [] { ::syscall(510); });
  BOOST_TEST(end.how == "exit 159");
  BOOST_TEST(end.standard_error ==
             "seccomp violation: role worker called an unknown system call (510)\n");
}

BOOST_AUTO_TEST_CASE(a_worker_does_its_work_unharmed) {
  const ending end = victim_in("worker", [] {
    allocate_at_length();
    const std::uint64_t one = 1;
    if (::write(wakeup_fd, &one, sizeof one) != sizeof one) {
      ::_exit(1);
    }
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    void* block = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::mprotect(block, 4096, PROT_READ | PROT_WRITE);
    block = ::mremap(block, 4096, 1 << 20, MREMAP_MAYMOVE);
    ::munmap(block, 1 << 20);
  });
  BOOST_TEST(end.how == "exit 0");
  BOOST_TEST(end.standard_error == "");
}

BOOST_AUTO_TEST_CASE(an_abort_in_a_worker_is_an_abort) {
  BOOST_TEST(victim_in("worker", [] { std::abort(); }).how == "signal " + std::to_string(SIGABRT));
}

BOOST_AUTO_TEST_CASE(a_filter_binds_the_calling_thread_alone) {
  const ending end = victim([] {
    std::thread bound([] { take_role("worker"); });
    bound.join();
    if (::open("/dev/null", O_RDONLY) < 0) {
      ::_exit(1);
    }
  });
  BOOST_TEST(end.how == "exit 0");
  BOOST_TEST(end.standard_error == "");
}

BOOST_AUTO_TEST_CASE(the_thread_that_violates_is_the_one_that_is_named) {
  const ending end = victim([] {
    std::thread timer([] {
      take_role("timer");
      std::this_thread::sleep_for(std::chrono::seconds(10));
    });
    take_role("worker");
    (void)::open("/dev/null", O_RDONLY);
  });
  BOOST_TEST(end.how == "exit 159");
  BOOST_TEST(end.standard_error == "seccomp violation: role worker called openat (257)\n");
}

BOOST_AUTO_TEST_CASE(the_monitor_launches_a_stand_in_that_takes_the_worker_s_filter) {
  const ending end = victim([] {
    const auto rules = load_profile(profiles::files(), "worker");
    const auto filter = compile(*rules, {{"wakeup", {wakeup_fd}}}).value();
    take_role("monitor");
    std::thread stand_in([&] {
      if (install(filter).has_error()) {
        ::_exit(not_installed);
      }
      const std::uint64_t one = 1;
      if (::write(wakeup_fd, &one, sizeof one) != sizeof one) {
        ::_exit(1);
      }
      allocate_at_length();
    });
    stand_in.join();
    ::tgkill(::getpid(), ::gettid(), 0);
  });
  BOOST_TEST(end.how == "exit 0");
  BOOST_TEST(end.standard_error == "");
}

BOOST_AUTO_TEST_CASE(a_stand_in_is_bound_by_the_worker_s_filter_as_well) {
  const ending end = victim([] {
    const auto rules = load_profile(profiles::files(), "worker");
    const auto filter = compile(*rules, {{"wakeup", {wakeup_fd}}}).value();
    take_role("monitor");
    std::thread stand_in([&] {
      if (install(filter).has_error()) {
        ::_exit(not_installed);
      }
      ::tgkill(::getpid(), ::gettid(), 0);
    });
    stand_in.join();
  });
  BOOST_TEST(end.how == "exit 159");
  BOOST_TEST(end.standard_error == "seccomp violation: role worker called tgkill (234)\n");
}

BOOST_AUTO_TEST_CASE(the_monitor_makes_no_process) {
  check_dies("monitor", "clone", SYS_clone, [] { (void)::fork(); });
}

BOOST_AUTO_TEST_CASE(the_resolver_resolves) {
  const ending end = victim_in("resolver", [] {
    for (const char* name : {"localhost", "127.0.0.1", "no-such-name.invalid"}) {
      addrinfo* found = nullptr;
      addrinfo hints{};
      hints.ai_flags = AI_ADDRCONFIG;
      if (::getaddrinfo(name, "80", &hints, &found) == 0) {
        ::freeaddrinfo(found);
      }
    }
  });
  BOOST_TEST(end.how == "exit 0");
  BOOST_TEST(end.standard_error == "");
}

BOOST_AUTO_TEST_CASE(the_loader_reads_and_does_not_write) {
  const ending end = victim_in("loader", [] {
    std::ifstream file("/etc/hostname");
    std::string line;
    std::getline(file, line);
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator("/etc/default")) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    (void)std::filesystem::canonical("/etc/os-release");
    if (count == 0) {
      ::_exit(1);
    }
  });
  BOOST_TEST(end.how == "exit 0");
  BOOST_TEST(end.standard_error == "");
  check_dies("loader", "openat", SYS_openat, [] { (void)::open("/dev/null", O_WRONLY); });
}

BOOST_AUTO_TEST_CASE(the_io_role_has_no_files_and_no_unix_sockets) {
  check_dies("io", "openat", SYS_openat, [] { (void)::open("/dev/null", O_RDONLY); });
  check_dies("io", "socket", SYS_socket, [] { (void)::socket(AF_UNIX, SOCK_STREAM, 0); });
  BOOST_TEST(victim_in("io", [] { ::close(::socket(AF_INET, SOCK_STREAM, 0)); }).how == "exit 0");
}

BOOST_AUTO_TEST_CASE(the_report_goes_to_the_sink_that_was_given) {
  const ending end = victim([] {
    install_violation_handler([](const char* text, std::size_t length) {
      (void)!::write(STDERR_FILENO, "log: ", 5);
      (void)!::write(STDERR_FILENO, text, length);
    });
    take_role("timer");
    (void)::open("/dev/null", O_RDONLY);
  });
  BOOST_TEST(end.how == "exit 159");
  BOOST_TEST(end.standard_error == "log: seccomp violation: role timer called openat (257)\n");
}

BOOST_AUTO_TEST_CASE(a_signal_from_outside_is_not_taken_for_a_violation) {
  const ending end = victim([] { ::raise(SIGSYS); });
  BOOST_TEST(end.how == "exit 159");
  BOOST_TEST(end.standard_error ==
             "SIGSYS was sent to the process, not raised by a filter: stopping\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(an_instrumented_build_says_that_it_installs_nothing,
                     *decorators::enable_if<!filters_work>()) {
  const auto rules = load_profile(profiles::files(), "timer").value();
  BOOST_TEST(
      (install(rules, {{"wakeup", {}}}).value() == install_outcome::skipped_under_sanitizer));
}
