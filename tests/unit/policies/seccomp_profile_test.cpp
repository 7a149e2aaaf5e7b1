#include "policies/seccomp_profile.hpp"

#include "embedded/profiles.hpp"
#include "tests/unit/policies/filter_machine.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace moonward::policies;
using moonward::policies::testing::answer;
using moonward::policies::testing::system_call;

namespace {

constexpr std::uint64_t wakeup_fd = 17;
constexpr std::uint64_t log_fd = 18;
const bindings test_bindings{{"wakeup", {wakeup_fd}}, {"log", {log_fd}}};
const std::array<std::string, 10> roles{"cleaner",  "worker", "monitor", "timer", "io",
                                        "resolver", "loader", "control", "log",   "main"};

compiled_filter filter_of(std::string_view role) {
  auto loaded = load_profile(profiles::files(), role);
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
  auto filter = compile(*loaded, test_bindings);
  BOOST_REQUIRE_MESSAGE(filter.has_value(), filter.error().text);
  return *filter;
}

bool allows(const compiled_filter& filter, long number,
            std::array<std::uint64_t, 6> arguments = {}) {
  return answer(filter, {static_cast<int>(number), arguments}) == SECCOMP_RET_ALLOW;
}

// The roles that allow a call, with a blank after each.
std::string allowed_in(long number, std::array<std::uint64_t, 6> arguments = {}) {
  std::string list;
  for (const std::string& role : roles) {
    if (allows(filter_of(role), number, arguments)) {
      list += role + " ";
    }
  }
  return list;
}

const std::string everywhere = "cleaner worker monitor timer io resolver loader control log main ";

std::string parse_error(std::string_view text) {
  const auto parsed = parse_profile(text, "p");
  return parsed.has_error() ? parsed.error().text : "accepted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seccomp_profiles)

BOOST_AUTO_TEST_CASE(no_role_executes_traces_or_changes_the_system) {
  for (const long number : {SYS_execve,
                            SYS_execveat,
                            SYS_ptrace,
                            SYS_fork,
                            SYS_vfork,
                            SYS_kill,
                            SYS_mount,
                            SYS_bpf,
                            SYS_unshare,
                            SYS_setns,
                            SYS_chroot,
                            SYS_setuid,
                            SYS_capset,
                            SYS_init_module,
                            SYS_perf_event_open,
                            SYS_process_vm_writev,
                            SYS_process_vm_readv,
                            SYS_io_uring_setup,
                            SYS_userfaultfd,
                            SYS_keyctl,
                            SYS_shmat,
                            SYS_openat2,
                            SYS_memfd_create,
                            SYS_pidfd_getfd,
                            SYS_rename,
                            SYS_symlink,
                            SYS_chmod,
                            SYS_personality,
                            SYS_modify_ldt}) {
    BOOST_TEST(allowed_in(number) == "", "system call " << number);
  }
}

BOOST_AUTO_TEST_CASE(no_role_makes_memory_executable) {
  constexpr std::uint64_t anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  constexpr std::uint64_t writable = PROT_READ | PROT_WRITE;
  BOOST_TEST(allowed_in(SYS_mmap, {0, 4096, writable, anonymous}) == everywhere);
  BOOST_TEST(allowed_in(SYS_mmap, {0, 4096, writable | PROT_EXEC, anonymous}) == "");
  BOOST_TEST(allowed_in(SYS_mmap, {0, 4096, PROT_EXEC, anonymous}) == "");
  BOOST_TEST(allowed_in(SYS_mprotect, {0, 4096, writable}) == everywhere);
  BOOST_TEST(allowed_in(SYS_mprotect, {0, 4096, PROT_EXEC}) == "");
}

BOOST_AUTO_TEST_CASE(only_the_resolver_maps_files) {
  BOOST_TEST(allowed_in(SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, 3}) == "resolver ");
}

BOOST_AUTO_TEST_CASE(a_worker_opens_and_connects_nothing) {
  const compiled_filter worker = filter_of("worker");
  for (const long number :
       {SYS_open,         SYS_openat,    SYS_creat,   SYS_socket,     SYS_socketpair,
        SYS_connect,      SYS_accept4,   SYS_sendmsg, SYS_recvfrom,   SYS_read,
        SYS_pread64,      SYS_clone,     SYS_clone3,  SYS_prctl,      SYS_seccomp,
        SYS_ioctl,        SYS_dup2,      SYS_close,   SYS_epoll_ctl,  SYS_rt_sigaction,
        SYS_timer_create, SYS_setitimer, SYS_stat,    SYS_newfstatat, SYS_getdents64}) {
    BOOST_TEST(!allows(worker, number), "system call " << number);
  }
}

BOOST_AUTO_TEST_CASE(a_worker_writes_to_the_wake_up_descriptor_and_standard_error_alone) {
  const compiled_filter worker = filter_of("worker");
  for (std::uint64_t fd = 0; fd < 64; ++fd) {
    BOOST_TEST(allows(worker, SYS_write, {fd}) == (fd == 2 || fd == wakeup_fd),
               "descriptor " << fd);
  }
  BOOST_TEST(!allows(worker, SYS_write, {(std::uint64_t{1} << 32) | wakeup_fd}));
  BOOST_TEST(!allows(worker, SYS_writev, {wakeup_fd}));
}

BOOST_AUTO_TEST_CASE(signals_stay_within_the_process_and_only_the_monitor_interrupts) {
  const auto own = static_cast<std::uint64_t>(::getpid());
  BOOST_TEST(allowed_in(SYS_tgkill, {own, 5, SIGUSR1}) == "monitor ");
  BOOST_TEST(allowed_in(SYS_tgkill, {own + 1, 5, SIGUSR1}) == "");
  BOOST_TEST(allowed_in(SYS_tgkill, {own, 5, SIGABRT}) == everywhere);
  BOOST_TEST(allowed_in(SYS_tgkill, {own + 1, 5, SIGABRT}) == "");
  BOOST_TEST(allowed_in(SYS_rt_tgsigqueueinfo, {own, 5, SIGUSR1}) == "monitor ");
  BOOST_TEST(allowed_in(SYS_rt_tgsigqueueinfo, {own + 1, 5, SIGUSR1}) == "");
}

BOOST_AUTO_TEST_CASE(only_monitor_and_main_launch_threads_and_nobody_a_process) {
  constexpr std::uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM |
                                   CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS |
                                   CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  BOOST_TEST(allowed_in(SYS_clone, {thread}) == "monitor main ");
  BOOST_TEST(allowed_in(SYS_clone, {SIGCHLD}) == "");
  BOOST_TEST(allowed_in(SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}) == "");
  BOOST_TEST(allowed_in(SYS_clone, {thread | CLONE_NEWUSER}) == "");
  BOOST_TEST(answer(filter_of("monitor"), {SYS_clone3}) == (SECCOMP_RET_ERRNO | ENOSYS));
  BOOST_TEST(answer(filter_of("worker"), {SYS_clone3}) == SECCOMP_RET_TRAP);
}

BOOST_AUTO_TEST_CASE(what_a_worker_may_do_the_monitor_that_launches_stand_ins_may_do) {
  const auto worker = load_profile(profiles::files(), "worker").value();
  const auto monitor = load_profile(profiles::files(), "monitor").value();
  for (const syscall_rule& rule : worker.rules) {
    const bool found =
        std::any_of(monitor.rules.begin(), monitor.rules.end(), [&](const syscall_rule& other) {
          return other.syscall == rule.syscall && other.from == rule.from &&
                 other.tests.size() == rule.tests.size();
        });
    BOOST_TEST(found, rule.syscall);
  }
}

BOOST_AUTO_TEST_CASE(only_the_roles_with_sockets_make_them_and_each_its_own_family) {
  BOOST_TEST(allowed_in(SYS_socket, {AF_INET, SOCK_STREAM}) == "io resolver ");
  BOOST_TEST(allowed_in(SYS_socket, {AF_INET6, SOCK_STREAM}) == "io resolver ");
  BOOST_TEST(allowed_in(SYS_socket, {AF_UNIX, SOCK_STREAM}) == "");
  BOOST_TEST(allowed_in(SYS_socket, {AF_NETLINK, SOCK_RAW, 0}) == "resolver ");
  BOOST_TEST(allowed_in(SYS_socket, {AF_NETLINK, SOCK_RAW, 9}) == "");
  BOOST_TEST(allowed_in(SYS_socket, {AF_PACKET, SOCK_RAW, 0}) == "");
  BOOST_TEST(allowed_in(SYS_connect) == "io resolver ");
  BOOST_TEST(allowed_in(SYS_listen) == "io ");
  BOOST_TEST(allowed_in(SYS_accept4) == "io control ");
}

BOOST_AUTO_TEST_CASE(files_are_opened_for_reading_and_the_log_for_appending) {
  const auto here = static_cast<std::uint64_t>(AT_FDCWD);
  const std::string readers = "resolver loader ";
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_RDONLY | O_CLOEXEC}) == readers);
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_RDONLY | O_DIRECTORY}) == readers);
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_RDWR}) == "");
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_RDONLY | O_CREAT}) == "");
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_RDONLY | O_TRUNC}) == "");
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_WRONLY | O_TMPFILE}) == "");
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_WRONLY | O_APPEND | O_CREAT}) == "log ");
  BOOST_TEST(allowed_in(SYS_openat, {here, 0, O_WRONLY}) == "");
}

BOOST_AUTO_TEST_CASE(a_call_by_another_architecture_s_numbers_kills_at_once) {
  system_call call{SYS_futex};
  call.architecture = AUDIT_ARCH_I386;
  BOOST_TEST(answer(filter_of("worker"), call) == SECCOMP_RET_KILL_PROCESS);
  BOOST_TEST(answer(filter_of("worker"), {0x40000000 | static_cast<int>(SYS_futex)}) ==
             SECCOMP_RET_KILL_PROCESS);
}

BOOST_AUTO_TEST_CASE(every_profile_compiles_small_enough_for_the_kernel) {
  for (const std::string& role : roles) {
    const compiled_filter filter = filter_of(role);
    BOOST_TEST(filter.role == role);
    BOOST_TEST(filter.program.size() < 1000U);
  }
}

BOOST_AUTO_TEST_CASE(a_description_has_a_line_for_each_rule_with_condition_and_reason) {
  const std::string text = load_profile(profiles::files(), "monitor").value().describe();
  BOOST_TEST(text.starts_with(
      "monitor: watches slices, interrupts and kills, launches stand-in workers\n"));
  BOOST_TEST(text.find("  clone3 -> ENOSYS         its flags lie in memory") != std::string::npos);
  BOOST_TEST(text.find("  tgkill (tgid is the pid) interrupting a worker") != std::string::npos);
  BOOST_TEST(text.find("mmap (flags has MAP_ANONYMOUS, prot lacks PROT_EXEC)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_bound_is_an_error) {
  const auto worker = load_profile(profiles::files(), "worker").value();
  const auto filter = compile(worker, {});
  BOOST_REQUIRE(filter.has_error());
  BOOST_TEST(filter.error().text ==
             "seccomp profile worker: write needs the \"wakeup\", which is not bound");
}

BOOST_AUTO_TEST_CASE(a_name_may_stand_for_several_descriptors_or_for_none) {
  const auto worker = load_profile(profiles::files(), "worker").value();
  const auto several = compile(worker, {{"wakeup", {10, 11}}}).value();
  BOOST_TEST(allows(several, SYS_write, {10}));
  BOOST_TEST(allows(several, SYS_write, {11}));
  BOOST_TEST(!allows(several, SYS_write, {12}));
  const auto none = compile(worker, {{"wakeup", {}}}).value();
  BOOST_TEST(!allows(none, SYS_write, {10}));
  BOOST_TEST(allows(none, SYS_write, {2}));
}

BOOST_AUTO_TEST_CASE(a_profile_with_a_mistake_is_refused_with_its_place) {
  BOOST_TEST(parse_error("summary = 's'\n[[allow]]\nsyscall = 'futex'\nreason = 'r'\n") ==
             "accepted");
  BOOST_TEST(parse_error("summary = 's'\n[[allow]]\nsyscall = 'futex'\n") ==
             "p:2:1: reason: is missing; each line needs one, as a string");
  BOOST_TEST(parse_error("summary = 's'\n[[allow]]\nsyscall = 'fuxet'\nreason = 'r'\n") ==
             "p:2:1: syscall: \"fuxet\" is not a system call");
  BOOST_TEST(parse_error("summary = 's'\n[[alow]]\nsyscall = 'futex'\n") ==
             "p:2:1: alow: is not known or of the wrong type; known are summary (string), include "
             "(array), [[allow]] and [[refuse]]");
  BOOST_TEST(parse_error("[[allow]]\nsyscall = 'futex'\nreason = 'r'\n") ==
             "p:1:1: summary: is missing; say what threads of this role do");
  BOOST_TEST(parse_error("summary = 's'\n[[refuse]]\nsyscall = 'futex'\nreason = 'r'\n") ==
             "p:2:1: errno: is missing; each line needs one, as a string");
  BOOST_TEST(
      parse_error("summary = 's'\n[[refuse]]\nsyscall = 'futex'\nreason = 'r'\nerrno = 'EX'\n") ==
      "p:2:1: errno: \"EX\" is not known");
  BOOST_TEST(
      parse_error("summary = 's'\n[[allow]]\nsyscall = 'futex'\nreason = 'r'\nerrno = 'EPERM'\n") ==
      "p:5:9: errno: is not known; known are syscall, reason, where, and errno in [[refuse]]");
  BOOST_TEST(parse_error("summary = ").starts_with("p:1:"));
}

BOOST_AUTO_TEST_CASE(a_condition_with_a_mistake_is_refused) {
  const auto where = [](const std::string& text) {
    const std::string error = parse_error("summary = 's'\n[[allow]]\nsyscall = 'mmap'\n" +
                                          ("reason = 'r'\nwhere = " + text + "\n"));
    return error == "accepted" ? error : error.substr(error.find(' ') + 1);
  };
  BOOST_TEST(where("{ prot = { lacks = 'PROT_EXEC' } }") == "accepted");
  BOOST_TEST(
      where("{ prto = { lacks = 'PROT_EXEC' } }") ==
      "where: mmap has no argument \"prto\"; known are addr, length, prot, flags, fd, offset");
  BOOST_TEST(where("{ prot = { lacks = 'PROT_EXEK' } }") ==
             "where: \"PROT_EXEK\" is not a known constant; did you mean PROT_EXEC?");
  BOOST_TEST(where("{ prot = { lacks = 'PROT_EXEC', has = 'PROT_EXEC' } }") ==
             "where: has and lacks must name different bits, and at least one");
  BOOST_TEST(where("{ prot = { lakcs = 1 } }") ==
             "where: takes has and lacks, or is alone, or bound alone");
  BOOST_TEST(where("{ prot = { is = 1, lacks = 2 } }") ==
             "where: takes has and lacks, or is alone, or bound alone");
  BOOST_TEST(where("{ prot = { is = [] } }") == "where: an empty array would allow nothing");
  BOOST_TEST(where("{ prot = { is = -1 } }") ==
             "where: takes whole numbers from 0 and names of constants");
  BOOST_TEST(where("{ prot = {} }") == "where: takes is, has, lacks or bound for each argument");
  BOOST_TEST(where("3") == "where: takes a table, such as { prot = { lacks = \"PROT_EXEC\" } }");
}

BOOST_AUTO_TEST_CASE(an_include_must_exist_and_may_repeat) {
  const std::array<embedded_file, 3> files{
      embedded_file{"a.toml", "summary = 'a'\ninclude = ['b', 'c']\n"},
      embedded_file{"b.toml",
                    "summary = 'b'\ninclude = ['c', 'a']\n[[allow]]\nsyscall = 'futex'\n"
                    "reason = 'r'\n"},
      embedded_file{"c.toml", "summary = 'c'\n[[allow]]\nsyscall = 'read'\nreason = 'r'\n"}};
  BOOST_TEST(load_profile(files, "a").value().rules.size() == 2U);
  const std::array<embedded_file, 1> alone{files[0]};
  BOOST_TEST(load_profile(alone, "a").error().text == "a: includes the unknown profile \"b\"");
  BOOST_TEST(load_profile(alone, "z").error().text == "there is no seccomp profile \"z\"");
}

BOOST_AUTO_TEST_SUITE_END()
