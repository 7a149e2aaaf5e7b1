#include "host/file_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace moonward::host {

namespace {

namespace fs = std::filesystem;
using policies::file_right;

constexpr file_right whole_tree = file_right::read | file_right::list;
// Many tenants would make describe() a page.
constexpr std::size_t shown_paths = 6;

// Directories in which others keep things that are none of the host's business.
constexpr std::array<std::string_view, 4> shared_directories{"/", "/etc", "/home", "/tmp"};

// What getaddrinfo reads. Plug-ins of the name-service switch it can't load anyway: the resolver's
// system call filter lets nothing be mapped as code.
constexpr std::array<const char*, 5> lookup_files{
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"};

fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  return error ? path : real;
}

bool is_shared(const fs::path& directory) {
  return std::find(shared_directories.begin(), shared_directories.end(), directory.native()) !=
         shared_directories.end();
}

std::string list(const std::vector<std::string>& paths) {
  std::string text;
  for (std::size_t n = 0; n < std::min(paths.size(), shown_paths); ++n)
    text += (n == 0 ? "" : ", ") + paths[n];
  if (paths.size() > shown_paths) text += fmt::format(" and {} more", paths.size() - shown_paths);
  return text.empty() ? "nothing" : text;
}

}  // namespace

void file_access::grant(fs::path path, file_right rights, std::string_view shown) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  const auto show_in = [&](std::vector<std::string>& names) {
    const std::string name = shown.empty() ? path.string() : std::string{shown};
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (has(rights, file_right::read)) readable_.push_back({status.st_dev, status.st_ino});
  if (has(rights, file_right::write)) show_in(written_);
  else if (has(rights, file_right::read)) show_in(read_);
  grants_.push_back({std::move(path), rights});
}

void file_access::grant_roots(const policies::host_config& config) {
  for (const policies::tenant_config& tenant : config.tenants) grant(tenant.root, whole_tree);
}

void file_access::grant_name_lookup() {
  for (const fs::path file : lookup_files) {
    const fs::path real = real_path(file);
    // A link leads to where a daemon writes the file, by replacing it; a file in /etc itself may
    // only be changed in place.
    if (!is_shared(real.parent_path()) && real != file)
      grant(real.parent_path(), file_right::read, "the resolver's files");
    else grant(file, file_right::read, "the resolver's files");
  }
  grant("/proc/self/statm", file_right::read, "/proc/self/statm");
}

file_access file_access::of_host(const policies::host_config& config, const fs::path& log_file) {
  file_access access;
  access.grant_roots(config);
  const fs::path beside = real_path(config.source).parent_path();
  if (is_shared(beside)) access.grant(config.source, file_right::read);
  else access.grant(beside, whole_tree);
  access.grant_name_lookup();
  access.grant(config.settings.state_dir,
               whole_tree | file_right::write | file_right::create | file_right::remove);
  std::error_code error;
  if (!log_file.empty()) {
    const fs::file_status found = fs::status(log_file, error);
    const bool replaceable = !fs::exists(found) || fs::is_regular_file(found);
    if (replaceable) access.grant(log_file.parent_path(), file_right::write | file_right::create);
    else access.grant(log_file, file_right::write);
  }
  access.grant(config.settings.control_socket.parent_path(), file_right::remove);
  return access;
}

file_access file_access::of_script(const policies::host_config& config) {
  file_access access;
  access.grant_roots(config);
  access.grant_name_lookup();
  return access;
}

void file_access::apply() {
  const auto confined = policies::confine_files(grants_);
  if (confined.has_error()) problem_ = confined.error().text;
  else version_ = *confined;
}

std::string file_access::describe() const {
  if (!active()) return "Landlock: off, files are as open as the account is: " + problem_;
  return fmt::format("Landlock (version {}): reads {}; writes {}; executes nothing", version_,
                     list(read_), list(written_));
}

bool file_access::may_read(const fs::path& path) const {
  if (!active()) return true;
  // By identity, as the kernel does it: a directory that was replaced is another one.
  for (fs::path place = real_path(path);; place = place.parent_path()) {
    struct stat status {};
    if (::stat(place.c_str(), &status) == 0 &&
        std::any_of(readable_.begin(), readable_.end(), [&](const identity& one) {
          return one.device == status.st_dev && one.inode == status.st_ino;
        }))
      return true;
    if (!place.has_relative_path()) return false;
  }
}

}  // namespace moonward::host
