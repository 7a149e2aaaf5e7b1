/// The commands of the program, each a function from its options to an exit code.
///
/// Invariant: a command that fails has said why on standard error. The command line fills the
/// options in (command_line.hpp); nothing here parses arguments. Thread: main.
#pragma once

#include "host/control/control_request.hpp"
#include "host/control/exit_code.hpp"
#include "host/control/probe_target.hpp"

#include "policies/permission.hpp"
#include "policies/quota.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace moonward::host {

enum class output_format : std::uint8_t { text, json };

struct run_options {
  std::filesystem::path file;
  std::optional<std::chrono::seconds> duration;  ///< nothing: until a signal or `ctl stop`
  bool screen = false;
  std::vector<probe_target> probes;
};

struct check_options {
  std::filesystem::path file;
};

struct exec_options {
  std::filesystem::path script;
  std::vector<std::string> arguments;
  std::filesystem::path root;  ///< empty: the script's directory
  policies::service_quota service_quota;
  policies::tenant_quota tenant_quota;
  std::optional<std::chrono::nanoseconds> timeout;
  output_format format = output_format::text;
};

/// Where the host to talk to is: a socket, or the configuration file that names one.
struct host_address {
  std::filesystem::path socket;
  std::filesystem::path config;
};

struct ctl_options {
  host_address address;
  output_format format = output_format::text;
  control_request request;
};

struct top_options {
  host_address address;
  std::optional<std::chrono::seconds> duration;
};

/// Runs a host until it is told to stop.
[[nodiscard]] int run_command(const run_options& options);
/// Reads a configuration and the scripts it names; prints every problem, or what is effective.
[[nodiscard]] int check_command(const check_options& options);
/// Runs one script in a host of its own.
[[nodiscard]] int exec_command(const exec_options& options);
/// Asks a running host.
[[nodiscard]] int ctl_command(const ctl_options& options);
/// Shows a running host's live screen.
[[nodiscard]] int top_command(const top_options& options);
[[nodiscard]] int version_command();

}  // namespace moonward::host
