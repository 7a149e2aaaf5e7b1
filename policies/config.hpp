// The configuration as the host uses it: checked, complete, with every path absolute and every
// quota effective (all layers laid over each other). Read by policies/config_reader.hpp. Invariant:
// a host_config handed out by the reader has no problem left: tenants and services named in imports
// exist, values are within their bounds. Value types, never changed after reading; any thread may
// read.
#pragma once

#include "policies/quota.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::policies {

/// Where an effective value was set.
struct origin {
  /// "built-in default", or the section: "[defaults.service]", "[quotas.small]", ...
  std::string layer = "built-in default";
  /// "file:line:column"; empty for a built-in default.
  std::string place;

  [[nodiscard]] bool operator==(const origin&) const = default;
};

/// The origins of the keys of one quota, by the key's TOML name. A key that is absent has its
/// built-in default.
using origin_map = std::map<std::string, origin, std::less<>>;

/// Settings of the process.
struct host_settings {
  /// Worker threads; 0 = one for each core the process may use.
  std::uint64_t workers = 0;
  /// The quantum: how long a slice runs before the monitor interrupts it.
  std::chrono::nanoseconds slice = std::chrono::milliseconds(2);
  std::uint64_t io_threads = 1;
  /// The account to change to when started as root; empty = stay.
  std::string user;
  /// Absolute. Where the host keeps what must outlive it. Default: "state" beside the file.
  std::filesystem::path state_dir;
  /// Absolute. The Unix socket of `moonward ctl`. Default: "control.sock" in state_dir.
  std::filesystem::path control_socket;
  /// Absolute, or empty = standard output.
  std::filesystem::path log_file;
  /// How long a stop waits for services to drain before it kills them.
  std::chrono::nanoseconds stop_timeout = std::chrono::seconds(10);
  /// Refuse to start when the kernel lacks a protection that would be used.
  bool require_protection = false;
  /// Run as root when started as root and no `user` is given.
  bool allow_root = false;

  [[nodiscard]] bool operator==(const host_settings&) const = default;
};

/// A service of another tenant: `tenant` exports it under `name`.
struct import_name {
  std::string tenant;
  std::string name;

  [[nodiscard]] bool operator==(const import_name&) const = default;
};

struct tenant_config {
  std::string name;
  /// Absolute path of its script directory.
  std::filesystem::path root;
  /// Services to start with the host, in this order.
  std::vector<std::string> start;
  /// Names of its services that other tenants may import.
  std::vector<std::string> exports;
  std::vector<import_name> imports;

  tenant_quota quota;
  /// Of every service that is not in `services`.
  service_quota default_service;
  std::map<std::string, service_quota, std::less<>> services;

  origin_map quota_origins;
  origin_map default_service_origins;
  std::map<std::string, origin_map, std::less<>> service_origins;

  /// The effective quota of the service started under `service_name`.
  [[nodiscard]] const service_quota& quota_for(std::string_view service_name) const noexcept {
    const auto found = services.find(service_name);
    return found == services.end() ? default_service : found->second;
  }

  /// The origins that belong to quota_for(service_name).
  [[nodiscard]] const origin_map& origins_for(std::string_view service_name) const noexcept {
    const auto found = service_origins.find(service_name);
    return found == service_origins.end() ? default_service_origins : found->second;
  }

  [[nodiscard]] bool operator==(const tenant_config&) const = default;
};

struct host_config {
  host_settings settings;
  origin_map settings_origins;
  /// In the order of their names; never empty.
  std::vector<tenant_config> tenants;
  /// Absolute path of the file.
  std::filesystem::path source;

  /// The tenant called `name`, or null.
  [[nodiscard]] const tenant_config* find_tenant(std::string_view name) const noexcept {
    for (const tenant_config& tenant : tenants) {
      if (tenant.name == name) {
        return &tenant;
      }
    }
    return nullptr;
  }

  [[nodiscard]] bool operator==(const host_config&) const = default;
};

/// Every effective value with its origin, at most 100 columns wide (a longer single value or path
/// is never cut): what `moonward check` prints.
[[nodiscard]] std::string explain(const host_config& config);

/// The same configuration as TOML. Reading it gives equal settings and quotas (origins differ); of
/// a service, built-in defaults are comments.
[[nodiscard]] std::string dump_toml(const host_config& config);

}  // namespace moonward::policies
