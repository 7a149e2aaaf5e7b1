/// Asks the tenants' own servers again and again over loopback, as clients would, and keeps how
/// long the answers took: what a neighbour does to a well-behaved tenant shows here.
///
/// Made and stopped by main; asks on one thread of role io.
#pragma once

#include "host/control/probe_target.hpp"
#include "host/control/snapshot.hpp"
#include "host/thread_role.hpp"

#include "policies/result.hpp"

#include <memory>
#include <vector>

namespace moonward::host {

class probe_runner {
 public:
  /// Asks from now on.
  [[nodiscard]] static policies::result<std::unique_ptr<probe_runner>> start(
      const std::vector<probe_target>& targets, const thread_setup& setup);
  probe_runner(const probe_runner&) = delete;
  probe_runner& operator=(const probe_runner&) = delete;
  ~probe_runner();

  /// Asks no more; what is under way is still answered or lost. Then reports() stands still.
  void stop() noexcept;
  /// In the order of the targets. @thread any
  [[nodiscard]] std::vector<probe_report> reports() const;

 private:
  struct implementation;
  explicit probe_runner(std::unique_ptr<implementation> i) noexcept;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace moonward::host
