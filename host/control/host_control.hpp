/// The control port of a host that `run` runs: its facade, the main loop, the probes and the board
/// of what happened last, as one thing that the server and the screen ask.
///
/// Thread: the calls of control_port come from the control thread, take_snapshot also from main;
/// what main alone may do is posted to the main loop.
#pragma once

#include "host/control/activity_board.hpp"
#include "host/control/control_port.hpp"
#include "host/control/main_loop.hpp"
#include "host/control/probe_runner.hpp"
#include "host/host.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace moonward::host {

/// What main does when control asks for it. @thread main
struct main_actions {
  std::function<policies::result<std::string>()> reload;
  std::function<void(std::string_view by)> stop;
};

class host_control final : public control_port {
 public:
  /// All must outlive this. `probes` may be null.
  host_control(host& served, main_loop& loop, const activity_board& board,
               const probe_runner* probes, main_actions actions);

  [[nodiscard]] host_status status() const override;
  [[nodiscard]] std::vector<tenant_status> tenants() const override;
  [[nodiscard]] std::vector<service_status> services(std::string_view tenant) const override;
  [[nodiscard]] std::optional<service_status> service(sandbox::handle id) const override;
  [[nodiscard]] std::vector<sandbox::handle> find(std::string_view what) const override;
  [[nodiscard]] snapshot take_snapshot() const override;
  bool kill(sandbox::handle id, std::string_view by) override;
  [[nodiscard]] policies::result<std::string> set_quota(std::string_view what,
                                                        std::string_view assignment) override;
  [[nodiscard]] std::vector<std::string> recent_log(std::size_t count) const override;
  [[nodiscard]] std::uint64_t follow_log(std::function<void(std::string_view)> f) override;
  void unfollow_log(std::uint64_t id) noexcept override;
  void request_reload(std::function<void(policies::result<std::string>)> done) override;
  void request_stop(std::string_view by) override;

 private:
  host& host_;
  main_loop& loop_;
  const activity_board& board_;
  const probe_runner* const probes_;
  const main_actions actions_;
};

}  // namespace moonward::host
