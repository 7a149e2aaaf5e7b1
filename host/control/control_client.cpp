#include "host/control/control_client.hpp"

#include "host/control/control_socket.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

policies::result<control_client> control_client::connect(const std::filesystem::path& path) {
  const auto descriptor = connect_to_host(path);
  if (descriptor.has_error()) return descriptor.error();
  return control_client{*descriptor};
}

control_client::control_client(control_client&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, in_{std::move(other.in_)} {}

control_client::~control_client() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

policies::result<json::value> control_client::ask(const control_request& request) {
  const std::string line = request_line(request);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno != EINTR) break;  // the answer may still say why the host hung up
  }
  const std::optional<std::string> answer = read_line();
  if (!answer) return policies::failure{"the host has closed the connection: is it stopping?"};
  return read_answer(*answer);
}

std::optional<std::string> control_client::read_line() {
  std::size_t searched = 0;
  for (;;) {
    if (const std::size_t end = in_.find('\n', searched); end != std::string::npos) {
      std::string line = in_.substr(0, end);
      in_.erase(0, end + 1);
      return line;
    }
    searched = in_.size();
    if (searched > max_answer_bytes) return std::nullopt;
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got > 0) in_.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got == 0 || errno != EINTR) return std::nullopt;
  }
}

}  // namespace moonward::host
