#include "policies/file_confinement.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace moonward::policies {

namespace {

// Newer than Debian 12's header.
constexpr std::uint64_t access_truncate = std::uint64_t{1} << 14;
constexpr std::uint64_t access_ioctl_dev = std::uint64_t{1} << 15;
constexpr std::uint64_t scope_abstract_unix_socket = 1;
constexpr std::uint64_t scope_signal = 2;

// The kernel's struct landlock_ruleset_attr as of version 6. An older kernel takes the longer
// struct, as long as what it doesn't know is 0.
struct ruleset_attributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scope = 0;
};

// Every access that this version can deny; what no grant names is denied.
ruleset_attributes denied_by(int version) noexcept {
  ruleset_attributes all;
  all.files =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
      LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
      LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
      LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
      LANDLOCK_ACCESS_FS_MAKE_SYM;
  if (version >= 2) {
    all.files |= LANDLOCK_ACCESS_FS_REFER;
  }
  if (version >= 3) {
    all.files |= access_truncate;
  }
  if (version >= 5) {
    all.files |= access_ioctl_dev;
  }
  if (version >= 6) {
    all.scope = scope_abstract_unix_socket | scope_signal;
  }
  return all;
}

std::uint64_t accesses(file_right rights) noexcept {
  std::uint64_t bits = 0;
  if (has(rights, file_right::read)) {
    bits |= LANDLOCK_ACCESS_FS_READ_FILE;
  }
  if (has(rights, file_right::list)) {
    bits |= LANDLOCK_ACCESS_FS_READ_DIR;
  }
  if (has(rights, file_right::write)) {
    bits |= LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate;
  }
  if (has(rights, file_right::create)) {
    bits |= LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR;
  }
  if (has(rights, file_right::remove)) {
    bits |= LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR;
  }
  return bits;
}

constexpr std::uint64_t accesses_of_files =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate;

class owned_descriptor {
 public:
  explicit owned_descriptor(long number) noexcept : number_(static_cast<int>(number)) {}
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

failure failed(std::string_view what, int error) {
  return {fmt::format("{}: {}", what, std::strerror(error))};
}

result<void> add_grant(int ruleset, const file_grant& grant, std::uint64_t handled) {
  const owned_descriptor place(::open(grant.path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (place.get() < 0 || ::fstat(place.get(), &status) != 0) {
    return {};
  }
  landlock_path_beneath_attr rule{};
  rule.parent_fd = place.get();
  rule.allowed_access = accesses(grant.rights) & handled;
  if (!S_ISDIR(status.st_mode)) {
    rule.allowed_access &= accesses_of_files;
  }
  if (rule.allowed_access == 0) {
    return {};
  }
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) != 0) {
    return failed("the rule for " + grant.path.string() + " is refused", errno);
  }
  return {};
}

}  // namespace

result<int> landlock_version() {
#ifdef MOONWARD_SANITIZER
  return failure{"this is a sanitizer build"};
#else
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version >= 1) {
    return static_cast<int>(version);
  }
  if (errno == EOPNOTSUPP) {
    return failure{"the kernel has it but was started without it (see lsm= on its command line)"};
  }
  return failed("the kernel has none (Linux 5.13 and later do)", errno);
#endif
}

result<int> confine_files(std::span<const file_grant> grants) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return failed("NO_NEW_PRIVS can't be set", errno);
  }
  const result<int> version = landlock_version();
  if (version.has_error()) {
    return version;
  }
  const ruleset_attributes denied = denied_by(*version);
  const owned_descriptor ruleset(
      ::syscall(SYS_landlock_create_ruleset, &denied, sizeof denied, 0U));
  if (ruleset.get() < 0) {
    return failed("the kernel refuses the rules", errno);
  }
  for (const file_grant& grant : grants) {
    if (result<void> added = add_grant(ruleset.get(), grant, denied.files); added.has_error()) {
      return added.error();
    }
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0) {
    return failed("the kernel refuses to apply the rules", errno);
  }
  return version;
}

}  // namespace moonward::policies
