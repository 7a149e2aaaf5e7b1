// Reads the operator's TOML file into a checked host_config.
// Every problem is found in one pass, each with its place, the value, and what would be allowed; a
// key that is not known is a problem, never ignored. Either there is a configuration or there are
// problems.
// Layers, later wins: built-in defaults; [defaults.tenant] and [defaults.service]; the class that
// [tenants.NAME.service] names, then that section's own keys; the class that a service's section
// names, then its own keys.
// No state; any thread. Only read_config_file touches the file system.
#pragma once

#include "policies/config.hpp"
#include "policies/config_problem.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::policies {

/// A configuration is no larger than this.
inline constexpr std::uint64_t longest_config_bytes = 1 * mib;

struct config_result {
  /// There if and only if `problems` is empty.
  std::optional<host_config> config;
  /// In the order of the file.
  std::vector<problem> problems;

  [[nodiscard]] bool ok() const noexcept { return config.has_value(); }
  /// All problems, one a line, each line ended; empty when there are none.
  [[nodiscard]] std::string text() const;
};

/// Reads `text`. `file_name` stands in the problems, and paths in the text are relative to its
/// folder (itself relative to the working directory). Doesn't look whether paths exist.
[[nodiscard]] config_result read_config(std::string_view text,
                                        const std::filesystem::path& file_name);

/// Reads the file at `path`, and also checks that every tenant's root is a directory.
[[nodiscard]] config_result read_config_file(const std::filesystem::path& path);

/// Whether `name` may be a tenant: 1 to 32 of a-z, 0-9, "_" and "-".
[[nodiscard]] bool is_tenant_name(std::string_view name) noexcept;

/// Whether a service may be started under `name`: 1 to 128 of letters, digits and "_ - .", with "/"
/// between folders; no part is empty, "." or ".." or starts with a dot.
[[nodiscard]] bool is_service_name(std::string_view name) noexcept;

/// Whether `name` may be exported: 1 to 64 letters, digits, "_" and "-".
[[nodiscard]] bool is_export_name(std::string_view name) noexcept;

}  // namespace moonward::policies
