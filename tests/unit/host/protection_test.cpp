// A victim for each role and each forbidden act: it takes the filter that the host compiles for the
// role, and acts. What a role may do is the exception, and is listed.
#include "host/protection.hpp"

#include "policies/seccomp_violation.hpp"

#include "tests/support/victim.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <string>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

namespace {

#ifdef MOONWARD_SANITIZER
const bool filters_work = false;
#else
const bool filters_work = true;
#endif

boost::test_tools::assertion_result when_filters_work(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(filters_work);
  result.message() << "an instrumented build installs no filters";
  return result;
}

constexpr std::array roles{thread_role::main,   thread_role::worker,  thread_role::monitor,
                           thread_role::timer,  thread_role::io,      thread_role::resolver,
                           thread_role::loader, thread_role::control, thread_role::log,
                           thread_role::cleaner};

constexpr int wakeup_fd = 50;
constexpr int log_fd = 51;
constexpr int elsewhere_fd = 52;

struct act {
  const char* name;
  const char* call;  ///< as the report names it
  long number;
  void (*run)();
};

void write_to(int descriptor) { (void)!::write(descriptor, "x", 1); }

constexpr std::array acts{
    act{"open", "openat", SYS_openat, [] { (void)::open("/etc/passwd", O_RDONLY); }},
    act{"open for writing", "openat", SYS_openat,
        [] { (void)::open("/dev/null", O_WRONLY | O_CREAT, 0600); }},
    act{"open for appending", "openat", SYS_openat,
        [] { (void)::open("/dev/null", O_WRONLY | O_APPEND); }},
    act{"socket", "socket", SYS_socket, [] { (void)::socket(AF_INET, SOCK_STREAM, 0); }},
    act{"Unix socket", "socket", SYS_socket, [] { (void)::socket(AF_UNIX, SOCK_STREAM, 0); }},
    act{"exec", "execve", SYS_execve,
        [] {
          char name[] = "/bin/true";
          char* arguments[] = {name, nullptr};
          ::execve(name, arguments, nullptr);
        }},
    act{"ptrace", "ptrace", SYS_ptrace, [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    act{"fork", "clone", SYS_clone, [] { (void)::fork(); }},
    act{"vfork", "vfork", SYS_vfork, [] { ::syscall(SYS_vfork); }},
    act{"signal to another process", "kill", SYS_kill, [] { ::kill(1, 0); }},
    act{"memory of another process", "process_vm_readv", SYS_process_vm_readv,
        [] { ::process_vm_readv(1, nullptr, 0, nullptr, 0, 0); }},
    act{"write elsewhere", "write", SYS_write, [] { write_to(elsewhere_fd); }},
    act{"write to standard output", "write", SYS_write, [] { write_to(STDOUT_FILENO); }},
    act{"rename", "rename", SYS_rename, [] { (void)::rename("/nowhere/a", "/nowhere/b"); }},
    act{"mount", "mount", SYS_mount,
        [] { ::syscall(SYS_mount, nullptr, nullptr, nullptr, 0UL, nullptr); }},
    act{"new program in memory", "memfd_create", SYS_memfd_create,
        [] { ::syscall(SYS_memfd_create, "x", 0U); }},
};

// Who may do what, by its profile: everything else ends the process.
const std::map<std::string_view, std::map<std::string_view, std::string_view>> permitted{
    {"open", {{"loader", "reads scripts"}, {"resolver", "reads the resolver's files"}}},
    {"open for appending", {{"log", "opens the log anew"}}},
    {"open for writing", {}},
    {"socket", {{"io", "connects"}, {"resolver", "asks name servers"}}},
    {"Unix socket", {{"resolver", "refused with an error"}}},
    {"write to standard output", {{"main", "prints"}}},
};

bool may(thread_role role, const act& what) {
  const auto of_act = permitted.find(what.name);
  return of_act != permitted.end() && of_act->second.contains(to_string(role));
}

void take_role(thread_role role) {
  for (const int fd : {wakeup_fd, log_fd, elsewhere_fd}) {
    const int opened = ::open("/dev/null", O_RDWR);
    ::dup2(opened, fd);
    ::close(opened);
  }
  const int null = ::open("/dev/null", O_WRONLY);
  ::dup2(null, STDOUT_FILENO);
  const auto filters = protection::compile({{"wakeup", {wakeup_fd}}, {"log", {log_fd}}});
  if (filters.has_error()) ::_exit(90);
  (*filters)->install(role);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protections)

BOOST_AUTO_TEST_CASE(each_role_is_stopped_at_each_act_that_is_not_its_own,
                     *boost::unit_test::precondition(when_filters_work)) {
  for (const thread_role role : roles)
    for (const act& what : acts) {
      BOOST_TEST_CONTEXT(to_string(role) << ": " << what.name) {
        const test::ending end = test::run_victim([&] {
          take_role(role);
          what.run();
        });
        if (may(role, what)) {
          BOOST_TEST(end.how == "exit 0");
          BOOST_TEST(end.standard_error == "");
        } else {
          BOOST_TEST(end.how == "exit " + std::to_string(policies::violation_exit_status));
          BOOST_TEST(end.standard_error ==
                     "seccomp violation: role " + std::string{to_string(role)} + " called " +
                         what.call + " (" + std::to_string(what.number) + ")\n");
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(a_missing_layer_is_named_with_the_way_out) {
  const std::vector<protection_layer> layers{
      {layer_state::active, "one: there"},
      {layer_state::missing, "two: off"},
      {layer_state::unavailable, "three: no such hardware"},
      {layer_state::missing, "four: off"},
  };
  BOOST_TEST(require_all(layers).error().text ==
             "require_protection is set in [host], and this machine lacks:\ntwo: off\nfour: off\n"
             "Run a kernel that has it, or set require_protection = false to go without");
  BOOST_TEST(require_all({layers[0], layers[2]}).has_value());
}

BOOST_AUTO_TEST_CASE(a_process_that_was_not_confined_says_so) {
  const auto layers = protection_layers({}, "someone (1)");
  BOOST_TEST(layers[1].text == "Landlock: off, files are as open as the account is: not asked for");
  BOOST_TEST((layers[1].state == layer_state::missing));
  BOOST_TEST(layers.back().text == "account: someone (1)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::host
