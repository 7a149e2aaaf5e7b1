#include "host/control/control_socket.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace moonward::host {

namespace {

constexpr int backlog = 16;

policies::failure failed(std::string_view what, const std::filesystem::path& path, int error) {
  return {fmt::format("control socket {}: {}: {}", path.string(), what, std::strerror(error))};
}

policies::result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty()) return policies::failure{"the path of the control socket is empty"};
  if (text.size() >= sizeof address.sun_path)
    return policies::failure{fmt::format(
        "control socket {}: the path has {} bytes, and the kernel takes at most {}; set "
        "control_socket in [host] to a shorter one",
        text, text.size(), sizeof address.sun_path - 1)};
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) noexcept {
  return reinterpret_cast<const sockaddr*>(&address);
}

// What stands at the path: nothing, a socket nobody listens at, or something to be left alone.
enum class occupant { none, dead_socket, live_host, other_file };

occupant look_at(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return occupant::none;
  if (!S_ISSOCK(found.st_mode)) return occupant::other_file;
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return occupant::live_host;
  const bool refused =
      ::connect(descriptor, generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
  ::close(descriptor);
  return refused ? occupant::dead_socket : occupant::live_host;
}

}  // namespace

policies::result<control_socket> control_socket::open(const std::filesystem::path& path) {
  const auto address = address_of(path);
  if (address.has_error()) return address.error();
  if (path.has_parent_path()) {
    const mode_t before = ::umask(0077);
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    ::umask(before);
    if (error) return failed("cannot make its directory", path, error.value());
  }
  switch (look_at(path, *address)) {
    case occupant::none: break;
    case occupant::dead_socket: ::unlink(path.c_str()); break;
    case occupant::live_host:
      return policies::failure{
          fmt::format("a host already answers at {}: stop it with `moonward ctl --socket {} stop`, "
                      "or give this one another control_socket",
                      path.string(), path.string())};
    case occupant::other_file:
      return policies::failure{
          fmt::format("control socket {}: a file that is no socket stands there; remove it, or set "
                      "control_socket in [host]",
                      path.string())};
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return failed("cannot make it", path, errno);
  const mode_t before = ::umask(0177);
  const int bound = ::bind(descriptor, generic(*address), sizeof *address);
  const int bind_error = errno;
  ::umask(before);
  if (bound != 0) {
    ::close(descriptor);
    return failed("cannot bind", path, bind_error);
  }
  control_socket made{descriptor, path};
  if (::listen(descriptor, backlog) != 0) return failed("cannot listen", path, errno);
  return made;
}

control_socket::control_socket(int descriptor, std::filesystem::path path) noexcept
    : descriptor_{descriptor}, path_{std::move(path)} {}

control_socket::control_socket(control_socket&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, path_{std::move(other.path_)} {}

control_socket::~control_socket() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

policies::result<int> connect_to_host(const std::filesystem::path& path) {
  const auto address = address_of(path);
  if (address.has_error()) return address.error();
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failed("cannot make a socket", path, errno);
  if (::connect(descriptor, generic(*address), sizeof *address) == 0) return descriptor;
  const int error = errno;
  ::close(descriptor);
  if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR)
    return policies::failure{
        fmt::format("no host answers at {}: is it running? Start it with `moonward run FILE`, or "
                    "say where it is with --socket PATH or --config FILE",
                    path.string())};
  if (error == EACCES || error == EPERM)
    return policies::failure{fmt::format(
        "not permitted to talk to the host at {}: only its own user and root are", path.string())};
  return failed("cannot connect", path, error);
}

}  // namespace moonward::host
