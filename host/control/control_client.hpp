/// The other end of the control socket: what `ctl` and `top` talk through.
///
/// Blocking, one request after the other. A resource, movable. Thread: its owner's.
#pragma once

#include "host/control/control_request.hpp"

#include "policies/result.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace moonward::host {

class control_client {
 public:
  /// Connects; the error says how to start a host.
  [[nodiscard]] static policies::result<control_client> connect(const std::filesystem::path& path);
  control_client(control_client&& other) noexcept;
  control_client& operator=(control_client&&) = delete;
  control_client(const control_client&) = delete;
  control_client& operator=(const control_client&) = delete;
  ~control_client();

  /// Sends a request and waits for its answer.
  [[nodiscard]] policies::result<json::value> ask(const control_request& request);
  /// The next line, without its newline; nothing when the host has closed the connection.
  [[nodiscard]] std::optional<std::string> read_line();

 private:
  explicit control_client(int descriptor) noexcept : descriptor_{descriptor} {}

  int descriptor_;
  std::string in_;
};

}  // namespace moonward::host
