// Seccomp profiles: which system calls a thread of each role may make. One TOML file a role in
// policies/profiles, each line with its reason; common parts in policies/profiles/parts.
// A call that no line allows raises SIGSYS in the calling thread (see seccomp_violation.hpp). A
// line may instead refuse a call with an error number, where a library is known to try it and to do
// without.
//
// Invariant: a filter is installed on the calling thread alone and can only be tightened later; a
// thread starts with the filters of the thread that launched it, so a profile must allow what the
// roles launched from it need (the monitor's includes the worker's).
// profile and compiled_filter are value types; any thread. install() acts on the calling thread.
#pragma once

#include "policies/embedded.hpp"
#include "policies/result.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::policies {

enum class syscall_effect : std::uint8_t { allow, refuse };

/// A condition on one argument: (argument & mask) is one of `values`, or of the numbers bound to a
/// name when the filter is compiled.
struct argument_test {
  std::string argument;  ///< "prot"
  unsigned index = 0;
  std::uint64_t mask = ~std::uint64_t{0};
  std::vector<std::uint64_t> values;
  std::string bound;  ///< "wakeup"; empty when `values` holds
  std::string text;   ///< as it reads: "prot lacks PROT_EXEC"
};

/// One line of a profile. All tests must hold for the line to apply.
struct syscall_rule {
  std::string syscall;
  int number = 0;  ///< negative: this architecture has no such call, the line is skipped
  syscall_effect effect = syscall_effect::allow;
  int error_number = 0;    ///< of a refused call
  std::string error_name;  ///< of a refused call: "ENOSYS"
  std::vector<argument_test> tests;
  std::string reason;
  std::string from;  ///< the profile or part it is written in
};

struct profile {
  std::string name;  ///< the role: "worker"
  std::string summary;
  std::vector<std::string>
      includes;  ///< profiles whose rules hold as well, by file name less ".toml"
  std::vector<syscall_rule> rules;  ///< its own, then (after load_profile) those included

  /// A line a rule, sorted by call: "futex", its conditions, its reason. For documentation.
  [[nodiscard]] std::string describe() const;
};

/// Numbers that are known only when the host runs, by the name a profile gives them: descriptors
/// such as "wakeup". A name may stand for several; for none, its rules are left out.
using bindings = std::map<std::string, std::vector<std::uint64_t>, std::less<>>;

/// Reads one file. Unknown keys, calls, arguments and constants are refused, and so is a line
/// without a reason. The error has the place: "worker:12:1: ...". Includes are listed, not
/// followed.
[[nodiscard]] result<profile> parse_profile(std::string_view text, std::string_view name);

/// Reads "<name>.toml" among `files`, and adds the rules of what it includes.
[[nodiscard]] result<profile> load_profile(std::span<const embedded_file> files,
                                           std::string_view name);

/// One instruction of the kernel's filter machine; laid out as its struct sock_filter.
struct filter_instruction {
  std::uint16_t code = 0;
  std::uint8_t jump_true = 0;
  std::uint8_t jump_false = 0;
  std::uint32_t operand = 0;
};

/// A filter ready to be installed, as often as wanted and without allocating.
struct compiled_filter {
  std::string role;
  std::vector<filter_instruction> program;
};

/// Compiles a profile. The name "pid" is always bound, to this process. A name that a rule uses and
/// that is not bound is an error. Not for use while another thread compiles (libseccomp has
/// globals).
[[nodiscard]] result<compiled_filter> compile(const profile& rules, const bindings& bound);

enum class install_outcome : std::uint8_t {
  installed,
  skipped_under_sanitizer,  ///< the build is instrumented; its run-time needs calls of its own
};

/// Whether this kernel takes filters; fails with why it doesn't.
[[nodiscard]] result<void> filters_supported();

/// Installs the filter on the calling thread, for good, and sets NO_NEW_PRIVS. Also remembers the
/// role for the report of a violation. Allocates only to say what failed.
[[nodiscard]] result<install_outcome> install(const compiled_filter& filter);

/// compile() and install().
[[nodiscard]] result<install_outcome> install(const profile& rules, const bindings& bound);

}  // namespace moonward::policies
