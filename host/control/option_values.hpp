/// Values of options as they are typed, made into the commands' options.
///
/// Every refusal names the option and says what it takes. Pure functions; any thread.
#pragma once

#include "host/control/commands.hpp"

#include "policies/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace moonward::host {

/// `--seconds`: a whole number above 0; nothing for an empty text.
[[nodiscard]] policies::result<std::optional<std::chrono::seconds>> read_seconds(
    const std::string& text);

[[nodiscard]] policies::result<run_options> run_options_from(
    const std::string& file, const std::string& seconds, const std::vector<std::string>& probes);

/// The texts of exec's options.
struct exec_texts {
  std::vector<std::string> quotas;
  std::vector<std::string> permits;
  std::vector<std::string> listen;
  std::vector<std::string> connect;
  std::string timeout;
  bool no_network = false;
};

/// Quotas are the built-in defaults, but for the log's rate: what a script prints is its output.
[[nodiscard]] policies::result<exec_options> exec_options_from(const exec_texts& texts);

}  // namespace moonward::host
