#include "policies/key_value.hpp"
#include "policies/seccomp_profile.hpp"
#include "policies/seccomp_violation.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <cerrno>
#include <cstring>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <memory>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace moonward::policies {

namespace {

static_assert(sizeof(filter_instruction) == sizeof(sock_filter));
static_assert(offsetof(filter_instruction, code) == offsetof(sock_filter, code));
static_assert(offsetof(filter_instruction, jump_true) == offsetof(sock_filter, jt));
static_assert(offsetof(filter_instruction, jump_false) == offsetof(sock_filter, jf));
static_assert(offsetof(filter_instruction, operand) == offsetof(sock_filter, k));

struct release_context {
  void operator()(void* context) const noexcept { ::seccomp_release(context); }
};
using filter_context = std::unique_ptr<void, release_context>;

class owned_descriptor {
 public:
  explicit owned_descriptor(int number) noexcept : number_(number) {}
  ~owned_descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  owned_descriptor(const owned_descriptor&) = delete;
  owned_descriptor& operator=(const owned_descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

failure failed(std::string_view role, std::string_view what, int error) {
  return {fmt::format("seccomp profile {}: {}: {}", role, what, std::strerror(error))};
}

// Adds one kernel rule for each combination of the tests' values.
class rule_adder {
 public:
  rule_adder(scmp_filter_ctx context, const syscall_rule& rule, std::string_view role,
             const bindings& bound)
      : context_(context), rule_(rule), role_(role), bound_(bound) {}

  result<void> add() { return add_from(0); }

 private:
  result<void> add_from(std::size_t position) {
    if (position == rule_.tests.size()) {
      return add_comparisons();
    }
    const argument_test& test = rule_.tests[position];
    const std::vector<std::uint64_t>* values = &test.values;
    if (!test.bound.empty()) {
      const auto found = bound_.find(test.bound);
      if (found == bound_.end()) {
        return failure{fmt::format("seccomp profile {}: {} needs the {}, which is not bound", role_,
                                   rule_.syscall, quote_text(test.bound))};
      }
      values = &found->second;
    }
    for (const std::uint64_t value : *values) {
      comparisons_.push_back({test.index, SCMP_CMP_MASKED_EQ, test.mask, value});
      result<void> added = add_from(position + 1);
      comparisons_.pop_back();
      if (added.has_error()) {
        return added;
      }
    }
    return {};
  }

  result<void> add_comparisons() {
    const std::uint32_t action = rule_.effect == syscall_effect::allow
                                     ? SCMP_ACT_ALLOW
                                     : SCMP_ACT_ERRNO(static_cast<unsigned>(rule_.error_number));
    const int status =
        ::seccomp_rule_add_array(context_, action, rule_.number,
                                 static_cast<unsigned>(comparisons_.size()), comparisons_.data());
    // A rule that stands already (from an included part) is as good as added.
    if (status != 0 && status != -EEXIST) {
      return failed(role_, fmt::format("the rule for {} can't be compiled", rule_.syscall),
                    -status);
    }
    return {};
  }

  scmp_filter_ctx context_;
  const syscall_rule& rule_;
  std::string_view role_;
  const bindings& bound_;
  std::vector<scmp_arg_cmp> comparisons_;
};

// libseccomp hands a program out through a descriptor only.
result<std::vector<filter_instruction>> export_program(scmp_filter_ctx context,
                                                       std::string_view role) {
  const owned_descriptor file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (file.get() < 0) {
    return failed(role, "memfd_create", errno);
  }
  if (const int status = ::seccomp_export_bpf(context, file.get()); status != 0) {
    return failed(role, "the filter can't be compiled", -status);
  }
  const off_t length = ::lseek(file.get(), 0, SEEK_END);
  if (length <= 0 || static_cast<std::size_t>(length) % sizeof(filter_instruction) != 0) {
    return failed(role, "the compiled filter has an odd length", EINVAL);
  }
  std::vector<filter_instruction> program(static_cast<std::size_t>(length) /
                                          sizeof(filter_instruction));
  if (::pread(file.get(), program.data(), static_cast<std::size_t>(length), 0) != length) {
    return failed(role, "the compiled filter can't be read", errno);
  }
  return program;
}

}  // namespace

result<compiled_filter> compile(const profile& rules, const bindings& bound) {
  const filter_context context(::seccomp_init(SCMP_ACT_TRAP));
  if (context == nullptr) {
    return failed(rules.name, "seccomp_init", ENOMEM);
  }
  // A call by another architecture's numbers (32-bit, x32) can only be an attack.
  if (const int status =
          ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
      status != 0) {
    return failed(rules.name, "the action for foreign architectures", -status);
  }
  bindings all = bound;
  all.try_emplace("pid", std::vector<std::uint64_t>{static_cast<std::uint64_t>(::getpid())});
  for (const syscall_rule& rule : rules.rules) {
    if (rule.number < 0) {
      continue;
    }
    if (result<void> added = rule_adder(context.get(), rule, rules.name, all).add();
        added.has_error()) {
      return added.error();
    }
  }
  auto program = export_program(context.get(), rules.name);
  if (program.has_error()) {
    return program.error();
  }
  return compiled_filter{rules.name, *std::move(program)};
}

result<void> filters_supported() {
  const std::uint32_t action = SECCOMP_RET_TRAP;
  if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) {
    return failure{fmt::format("the kernel takes no filters: {}", std::strerror(errno))};
  }
  return {};
}

result<install_outcome> install(const compiled_filter& filter) {
  set_violation_role(filter.role.c_str());
#ifdef MOONWARD_SANITIZER
  return install_outcome::skipped_under_sanitizer;
#else
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return failed(filter.role, "NO_NEW_PRIVS can't be set", errno);
  }
  // The kernel only reads the program, though its declaration doesn't say so.
  sock_fprog program{};
  program.len = static_cast<unsigned short>(filter.program.size());
  program.filter =
      reinterpret_cast<sock_filter*>(const_cast<filter_instruction*>(filter.program.data()));
  // No flags: in particular not TSYNC, which would put this filter on every thread.
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    return failed(filter.role, "the kernel doesn't take the filter", errno);
  }
  return install_outcome::installed;
#endif
}

result<install_outcome> install(const profile& rules, const bindings& bound) {
  const auto filter = compile(rules, bound);
  if (filter.has_error()) {
    return filter.error();
  }
  return install(*filter);
}

}  // namespace moonward::policies
