#include "host/account.hpp"

#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace moonward::host {

namespace {

namespace fs = std::filesystem;
using policies::failure;
using policies::result;

struct account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

bool is_root() noexcept { return ::getuid() == 0 || ::geteuid() == 0; }

failure refused(const account& to, std::string_view what) {
  return {
      fmt::format("user = {}: {}: {}", policies::quote_text(to.name), what, std::strerror(errno))};
}

result<account> find_account(const std::string& name) {
  errno = 0;
  const passwd* const found = ::getpwnam(name.c_str());
  if (found == nullptr)
    return failure{fmt::format(
        "user = {} in [host]: there is no such account{}; make one with `useradd --system "
        "--shell /usr/sbin/nologin {}`, or name another",
        policies::quote_text(name),
        errno == 0 || errno == ENOENT ? "" : fmt::format(" ({})", std::strerror(errno)), name)};
  if (found->pw_uid == 0)
    return failure{fmt::format(
        "user = {} in [host]: that account is root; name another, or set allow_root = true instead",
        policies::quote_text(name))};
  return account{name, found->pw_uid, found->pw_gid};
}

// Makes one directory for the account; one that exists stays as it is.
result<void> make_for(const account& owner, const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return refused(owner, "cannot make the directory " + directory.string());
  }
  const int made = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const bool given = made >= 0 && ::fchown(made, owner.user, owner.group) == 0;
  const int error = errno;
  if (made >= 0) ::close(made);
  errno = error;
  if (!given) return refused(owner, "cannot give it the directory " + directory.string());
  return {};
}

result<void> make_all_for(const account& owner, const fs::path& directory) {
  fs::path above;
  for (const fs::path& part : directory) {
    above /= part;
    if (auto made = make_for(owner, above); made.has_error()) return made;
  }
  return {};
}

bool has_capabilities() noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, data) != 0) return true;
  return (data[0].permitted | data[1].permitted) != 0;
}

result<void> become(const account& to) {
  if (::initgroups(to.name.c_str(), to.group) != 0) return refused(to, "cannot take its groups");
  if (::setresgid(to.group, to.group, to.group) != 0) return refused(to, "cannot take its group");
  if (::setresuid(to.user, to.user, to.user) != 0) return refused(to, "cannot become it");
  // What must fail from here on.
  if (::setresuid(0, 0, 0) == 0 || ::setuid(0) == 0 || is_root() || has_capabilities())
    return failure{
        fmt::format("user = {}: root can't be given up for good here: the process kept "
                    "capabilities",
                    policies::quote_text(to.name))};
  return {};
}

}  // namespace

result<void> settle_account(const policies::host_settings& settings,
                            std::span<const fs::path> directories) {
  if (!is_root()) return {};
  if (settings.user.empty()) {
    if (settings.allow_root) return {};
    return failure{
        "started as root, which no script needs. Set in [host] one of\n"
        "user = \"NAME\"      to change to that account at the start\n"
        "allow_root = true  to stay root"};
  }
  const result<account> to = find_account(settings.user);
  if (to.has_error()) return to.error();
  for (const fs::path& directory : directories)
    if (auto made = make_all_for(*to, directory); made.has_error()) return made;
  if (auto done = become(*to); done.has_error()) return done;
  for (const fs::path& directory : directories)
    if (::access(directory.c_str(), W_OK | X_OK) != 0)
      return failure{
          fmt::format("user = {} can't write to {}: {}; give it the directory: chown {} {}",
                      policies::quote_text(settings.user), directory.string(), std::strerror(errno),
                      settings.user, directory.string())};
  return {};
}

std::string describe_account() {
  const uid_t user = ::geteuid();
  const passwd* const found = ::getpwuid(user);
  return fmt::format("{} ({})", found == nullptr ? "an account without a name" : found->pw_name,
                     user);
}

}  // namespace moonward::host
