/// A host: everything that runs in the process, from a checked configuration to its end.
///
/// Made and destroyed by the main thread; what control commands and the live screen need of it may
/// be called by any thread. Stopping drains: services are told, mailboxes are worked off, sockets
/// flushed, until the timeout; then what is left is ended with the verdict `host_stop`.
#pragma once

#include "host/file_access.hpp"
#include "host/log/log_queue.hpp"
#include "host/log/log_writer.hpp"
#include "host/thread_role.hpp"

#include "sandbox/host_port.hpp"
#include "sandbox/verdict.hpp"

#include "policies/config.hpp"
#include "policies/result.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

inline constexpr std::size_t verdict_reasons = sandbox::verdict_reasons;

/// How often each verdict was given; index: verdict_reason.
using verdict_counts = std::array<std::uint64_t, verdict_reasons>;

enum class service_state : std::uint8_t {
  starting,  ///< its start function hasn't ended yet
  running,
  backing_off,  ///< ended; will be restarted
  quarantined,  ///< ended too often: not restarted until a reload
};

[[nodiscard]] std::string_view to_string(service_state state) noexcept;

struct service_status {
  sandbox::handle id = 0;  ///< 0 while it is not running
  std::string tenant;
  std::string name;
  std::string arguments;
  service_state state = service_state::running;
  sandbox::service_usage usage;
  std::uint64_t memory_cap_bytes = 0;
  std::uint64_t restarts = 0;
  sandbox::verdict last_end;  ///< of its previous life, if any
};

struct tenant_status {
  std::string name;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_cap_bytes = 0;
  std::uint64_t cpu_ns = 0;
  double cpu_cores = 0;  ///< its quota
  std::uint64_t weight = 0;
  std::uint64_t services = 0;
  std::uint64_t services_cap = 0;
  std::uint64_t sockets = 0;
  std::uint64_t messages = 0;  ///< dispatched to its services
  std::uint64_t throttled_ns = 0;
  verdict_counts verdicts{};
};

struct host_status {
  std::uint64_t uptime_ms = 0;
  std::uint64_t workers = 0;
  std::uint64_t stand_ins = 0;  ///< extra workers running for ones stuck in a C call
  std::uint64_t services = 0;
  std::uint64_t messages = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t timers = 0;
  std::uint64_t sockets = 0;
  std::uint64_t resident_bytes = 0;
  verdict_counts verdicts{};
  std::string lua;                       ///< "5.4.9 (built in)" or a warning
  std::vector<std::string> protections;  ///< one line each: what is active, what isn't and why
};

/// One service has ended.
struct service_end {
  sandbox::handle id = 0;
  std::string tenant;
  std::string name;
  bool started_by_host = false;  ///< it is in a tenant's `start`
  sandbox::verdict why;
};

struct host_options {
  log_settings log;
  /// What the process was confined to, and its account for `ctl info`: both are the program's to
  /// settle, before it makes a host.
  file_access files;
  std::string account;
  /// `exec`: no restarts, and the environment that fits a single script.
  bool single_run = false;
  /// Called on a worker thread for each end; must not block.
  std::function<void(const service_end&)> on_end;
};

class host {
 public:
  /// Reads the bundles, makes tenants and threads. Nothing of a script runs yet. Fails with one
  /// line that says what is wrong.
  [[nodiscard]] static policies::result<std::unique_ptr<host>> create(policies::host_config config,
                                                                      host_options options);
  ~host();
  host(const host&) = delete;
  host& operator=(const host&) = delete;

  /// Starts the tenants' services. @thread main
  void start();
  /// Drains and stops; returns when all threads but the log's have ended. @thread main
  void stop(std::chrono::milliseconds timeout);

  /// True when nothing can happen any more: no message waits, no timer is pending, no socket is
  /// open, no service runs or waits for a restart. @thread any
  [[nodiscard]] bool quiescent() const;

  [[nodiscard]] host_status status() const;
  [[nodiscard]] std::vector<tenant_status> tenants() const;
  /// All, or those of one tenant; in the order of their handles.
  [[nodiscard]] std::vector<service_status> services(std::string_view tenant = {}) const;
  [[nodiscard]] std::optional<service_status> service(sandbox::handle id) const;
  /// Finds ":0000000a", "a", "tenant/name" (all of that name).
  [[nodiscard]] std::vector<sandbox::handle> find(std::string_view what) const;

  /// Ends a service with the verdict operator_kill; false when there is none.
  bool kill(sandbox::handle id, std::string_view by);
  /// Starts a service of a tenant as if it were in `start`.
  [[nodiscard]] policies::result<sandbox::handle> launch(std::string_view tenant,
                                                         std::string_view name,
                                                         std::string_view arguments);
  /// "tenant" or "tenant/service" and "key=value": changes a quota of what runs and what starts
  /// later. The error says what is allowed.
  [[nodiscard]] policies::result<std::string> set_quota(std::string_view what,
                                                        std::string_view assignment);
  /// Reads the configuration file again and takes over what has changed: quotas at once, bundles
  /// for services that start from now on, new tenants; a summary of one line, or all problems.
  [[nodiscard]] policies::result<std::string> reload();

  /// Puts the calling thread under the filter of a role, for good: for threads that belong to the
  /// program around the host. The main thread comes last.
  void protect(thread_role role) const;
  /// The setup with which such threads are launched.
  [[nodiscard]] thread_setup protected_setup() const;

  [[nodiscard]] log_queue& log() noexcept;
  [[nodiscard]] log_writer& writer() noexcept;
  [[nodiscard]] const policies::host_config& config() const noexcept;

 private:
  struct implementation;
  explicit host(std::unique_ptr<implementation> i) noexcept;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace moonward::host
