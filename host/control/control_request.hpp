/// The control protocol: one JSON request a line, one JSON answer a line.
///
///     {"command": "kill", "what": "acme/chat"}
///     {"ok": true, "result": [{"address": ":0000000a", …}]}
///     {"ok": false, "error": "no service …"}
///
/// Only `log` with "follow" is answered by more lines: {"line": "…"} each, until the client goes.
/// Invariant: a request that was read is complete and within bounds; an unknown member is an error,
/// never ignored. Pure functions; any thread.
#pragma once

#include "host/control/json.hpp"

#include "policies/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

/// A request line, its newline included.
inline constexpr std::size_t max_request_bytes = 4096;
/// An answer line that a client accepts.
inline constexpr std::size_t max_answer_bytes = std::size_t{64} << 20;

enum class control_command : std::uint8_t {
  list,      ///< services, of all tenants or of `what`
  stat,      ///< tenants, all or `what`
  info,      ///< the host
  snapshot,  ///< what the live screen shows
  kill,      ///< `what`: an address, a name, "tenant/name"
  log,       ///< the last `lines`; then, when `follow`, every further one
  quota,     ///< `what`: "tenant" or "tenant/service"; `assignment`: "key=value"
  reload,
  stop,
};

struct control_request {
  control_command command = control_command::info;
  std::string what;
  std::string assignment;
  std::size_t lines = 0;
  bool follow = false;

  [[nodiscard]] bool operator==(const control_request&) const = default;
};

[[nodiscard]] std::string_view to_string(control_command command) noexcept;
/// Every command's name.
[[nodiscard]] const std::vector<std::string_view>& control_command_names();

/// Reads a request line, with or without its newline.
[[nodiscard]] policies::result<control_request> read_request(std::string_view line);
/// The request as a line, its newline included.
[[nodiscard]] std::string request_line(const control_request& request);

/// Answers as lines, their newlines included.
[[nodiscard]] std::string ok_line(json::value result);
[[nodiscard]] std::string error_line(std::string_view text);

/// The `result` of an answer, or its error.
[[nodiscard]] policies::result<json::value> read_answer(std::string_view line);

}  // namespace moonward::host
