#include "policies/seccomp_names.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

namespace moonward::policies {

namespace {

struct call_arguments {
  std::string_view syscall;
  std::array<std::string_view, 6> arguments;
};

// Only calls whose arguments a profile may want to look at, and only arguments passed by value:
// what a pointer points at can change after the check.
constexpr std::array call_table{
    call_arguments{"clone", {"flags"}},
    call_arguments{"dup3", {"oldfd", "newfd", "flags"}},
    call_arguments{"fcntl", {"fd", "cmd", "arg"}},
    call_arguments{"ioctl", {"fd", "request"}},
    call_arguments{"madvise", {"addr", "length", "advice"}},
    call_arguments{"mmap", {"addr", "length", "prot", "flags", "fd", "offset"}},
    call_arguments{"mprotect", {"addr", "length", "prot"}},
    call_arguments{"openat", {"dirfd", "", "flags", "mode"}},
    call_arguments{"pkey_mprotect", {"addr", "length", "prot", "pkey"}},
    call_arguments{"prctl", {"option"}},
    call_arguments{"rt_tgsigqueueinfo", {"tgid", "tid", "sig"}},
    call_arguments{"seccomp", {"operation", "flags"}},
    call_arguments{"sendto", {"fd", "", "length", "flags", "addr"}},
    call_arguments{"socket", {"domain", "type", "protocol"}},
    call_arguments{"tgkill", {"tgid", "tid", "sig"}},
    call_arguments{"write", {"fd"}},
    call_arguments{"writev", {"fd"}},
};

struct constant {
  std::string_view name;
  std::uint64_t value;
};

template <class Number>
constexpr constant named(std::string_view name, Number value) {
  return {name, static_cast<std::uint64_t>(value)};
}

#define MOONWARD_CONSTANT(name) named(#name, name)
constexpr std::array constant_table{
    MOONWARD_CONSTANT(PROT_EXEC),
    MOONWARD_CONSTANT(MAP_ANONYMOUS),
    MOONWARD_CONSTANT(MAP_PRIVATE),
    MOONWARD_CONSTANT(MAP_SHARED),
    MOONWARD_CONSTANT(O_WRONLY),
    MOONWARD_CONSTANT(O_RDWR),
    MOONWARD_CONSTANT(O_CREAT),
    MOONWARD_CONSTANT(O_TRUNC),
    MOONWARD_CONSTANT(O_APPEND),
    MOONWARD_CONSTANT(MSG_DONTWAIT),
    MOONWARD_CONSTANT(MSG_NOSIGNAL),
    MOONWARD_CONSTANT(AF_UNIX),
    MOONWARD_CONSTANT(AF_INET),
    MOONWARD_CONSTANT(AF_INET6),
    MOONWARD_CONSTANT(AF_NETLINK),
    MOONWARD_CONSTANT(SIGABRT),
    MOONWARD_CONSTANT(CLONE_VM),
    MOONWARD_CONSTANT(CLONE_SIGHAND),
    MOONWARD_CONSTANT(CLONE_THREAD),
    MOONWARD_CONSTANT(CLONE_NEWNS),
    MOONWARD_CONSTANT(CLONE_NEWUSER),
    MOONWARD_CONSTANT(FIONBIO),
    MOONWARD_CONSTANT(FIONREAD),
    MOONWARD_CONSTANT(TIOCGWINSZ),
    MOONWARD_CONSTANT(TCGETS),
    MOONWARD_CONSTANT(F_DUPFD_CLOEXEC),
    MOONWARD_CONSTANT(F_GETFD),
    MOONWARD_CONSTANT(F_SETFD),
    MOONWARD_CONSTANT(F_GETFL),
    MOONWARD_CONSTANT(F_SETFL),
    MOONWARD_CONSTANT(PR_SET_NAME),
    MOONWARD_CONSTANT(PR_SET_TIMERSLACK),
    MOONWARD_CONSTANT(PR_SET_NO_NEW_PRIVS),
    MOONWARD_CONSTANT(SECCOMP_SET_MODE_FILTER),
    MOONWARD_CONSTANT(EACCES),
    MOONWARD_CONSTANT(EAFNOSUPPORT),
    MOONWARD_CONSTANT(ENOENT),
    MOONWARD_CONSTANT(ENOSYS),
    MOONWARD_CONSTANT(EPERM),
};
#undef MOONWARD_CONSTANT

const call_arguments* find_call(std::string_view syscall) noexcept {
  for (const call_arguments& call : call_table) {
    if (call.syscall == syscall) {
      return &call;
    }
  }
  return nullptr;
}

}  // namespace

std::optional<unsigned> argument_index(std::string_view syscall,
                                       std::string_view argument) noexcept {
  const call_arguments* call = find_call(syscall);
  if (call == nullptr || argument.empty()) {
    return std::nullopt;
  }
  for (unsigned index = 0; index < call->arguments.size(); ++index) {
    if (call->arguments[index] == argument) {
      return index;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> argument_names(std::string_view syscall) {
  std::vector<std::string_view> names;
  if (const call_arguments* call = find_call(syscall)) {
    for (const std::string_view name : call->arguments) {
      if (!name.empty()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

std::optional<std::uint64_t> constant_value(std::string_view name) noexcept {
  for (const constant& each : constant_table) {
    if (each.name == name) {
      return each.value;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> constant_names() {
  std::vector<std::string_view> names;
  for (const constant& each : constant_table) {
    names.push_back(each.name);
  }
  return names;
}

}  // namespace moonward::policies
