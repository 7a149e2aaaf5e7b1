/// What the control server asks of the host: the one door between the two.
///
/// `run` implements it over the host and the main loop; tests implement it with a fake.
/// Thread: the control thread calls; callbacks say where they run.
#pragma once

#include "host/control/snapshot.hpp"
#include "host/host.hpp"

#include "policies/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

class control_port {
 public:
  virtual ~control_port() = default;

  [[nodiscard]] virtual host_status status() const = 0;
  [[nodiscard]] virtual std::vector<tenant_status> tenants() const = 0;
  [[nodiscard]] virtual std::vector<service_status> services(std::string_view tenant) const = 0;
  [[nodiscard]] virtual std::optional<service_status> service(sandbox::handle id) const = 0;
  [[nodiscard]] virtual std::vector<sandbox::handle> find(std::string_view what) const = 0;
  [[nodiscard]] virtual snapshot take_snapshot() const = 0;

  virtual bool kill(sandbox::handle id, std::string_view by) = 0;
  [[nodiscard]] virtual policies::result<std::string> set_quota(std::string_view what,
                                                                std::string_view assignment) = 0;

  /// The last lines of the log, oldest first.
  [[nodiscard]] virtual std::vector<std::string> recent_log(std::size_t count) const = 0;
  /// Shows every further line to `f`, on the log thread; it must not block.
  [[nodiscard]] virtual std::uint64_t follow_log(std::function<void(std::string_view)> f) = 0;
  /// No call begins or runs after the return.
  virtual void unfollow_log(std::uint64_t id) noexcept = 0;

  /// Asks the main thread to reload; `done` is called there with the summary or the problems.
  virtual void request_reload(std::function<void(policies::result<std::string>)> done) = 0;
  /// Asks the main thread to drain and stop. The server lives until the host has stopped.
  virtual void request_stop(std::string_view by) = 0;
};

}  // namespace moonward::host
