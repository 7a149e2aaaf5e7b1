/// The host as one service sees it: implements sandbox::host_port.
///
/// One object a service, made with it and gone with it. Thread: the worker that runs the service.
#pragma once

#include "host/bus/message_bus.hpp"

#include "sandbox/host_port.hpp"

#include <memory>
#include <string>
#include <vector>

namespace moonward::host {

class service_port final : public sandbox::host_port {
 public:
  service_port(message_bus& bus, service& self, sandbox::handle id, service_life& life);
  ~service_port() override;

  [[nodiscard]] sandbox::handle self() const noexcept override { return id_; }
  [[nodiscard]] std::string_view tenant_name() const noexcept override;
  [[nodiscard]] std::string_view service_name() const noexcept override;
  [[nodiscard]] bool is_system() const noexcept override { return life_.plan.system; }
  [[nodiscard]] const policies::service_quota& quota() const noexcept override {
    return life_.quota;
  }
  [[nodiscard]] const policies::tenant_quota& tenant_quota() const noexcept override {
    return life_.config->quota;
  }
  [[nodiscard]] sandbox::memory_account& account() noexcept override { return owner_.account(); }
  [[nodiscard]] sandbox::service_usage usage() noexcept override;
  [[nodiscard]] bool usage_of(sandbox::handle id, sandbox::service_usage& out) noexcept override;

  [[nodiscard]] sandbox::send_result send(sandbox::message* m) noexcept override;
  [[nodiscard]] bool alive(sandbox::handle id) noexcept override;
  [[nodiscard]] sandbox::handle find_name(std::string_view name) noexcept override;
  [[nodiscard]] bool register_name(std::string_view name, sandbox::handle id) noexcept override;

  [[nodiscard]] sandbox::handle spawn(const sandbox::spawn_request& request,
                                      std::string& why) noexcept override;
  void started() noexcept override;
  [[nodiscard]] bool kill(sandbox::handle id) noexcept override;
  void abort_tenant() noexcept override;
  [[nodiscard]] sandbox::handle set_monitor(sandbox::handle id) noexcept override;
  [[nodiscard]] const std::vector<sandbox::service_row>& list() noexcept override;

  [[nodiscard]] std::uint64_t now_ms() const noexcept override;
  [[nodiscard]] std::uint64_t monotonic_ns() const noexcept override;
  [[nodiscard]] std::uint64_t start_time() const noexcept override;
  [[nodiscard]] std::uint64_t cpu_ns() const noexcept override;
  [[nodiscard]] bool add_timer(std::int32_t session, std::uint64_t delay_ms,
                               std::uint64_t period_ms) noexcept override;
  void cancel_timer(std::int32_t session) noexcept override;

  [[nodiscard]] bool find_module(module_kind kind, std::string_view name,
                                 sandbox::module_source& out) noexcept override;
  void store_compiled(const void* key, std::string_view bytes) noexcept override;
  void log(log_level level, std::string_view text) noexcept override;
  [[nodiscard]] const std::string* find_env(std::string_view key) noexcept override;
  [[nodiscard]] bool set_env(std::string_view key, std::string_view value) noexcept override;
  [[nodiscard]] sandbox::socket_port& sockets() noexcept override;

  /// When the running slice began; for cpu_ns.
  void slice_began(std::uint64_t now_ns) noexcept { slice_began_ns_ = now_ns; }
  [[nodiscard]] bool has_timers() const noexcept { return has_timers_; }
  [[nodiscard]] bool has_sockets() const noexcept { return sockets_ != nullptr; }

 private:
  [[nodiscard]] bool give(const bundle& from, const bundle::file* file,
                          sandbox::module_source& out) const noexcept;

  message_bus& bus_;
  service& service_;
  const sandbox::handle id_;
  service_life& life_;
  tenant& owner_;
  std::unique_ptr<sandbox::socket_port> sockets_;
  std::vector<sandbox::service_row> rows_;
  std::uint64_t slice_began_ns_ = 0;
  bool has_timers_ = false;
};

/// Statistics of a service as others see them. Any thread, under the table's lock.
[[nodiscard]] sandbox::service_usage usage_of_service(message_bus& bus, const service& s);

/// UTC seconds at which the process's clock began, and the milliseconds of that second: Skynet's
/// now() starts there.
struct start_instant {
  std::uint64_t seconds = 0;
  std::uint64_t ms = 0;
};
[[nodiscard]] const start_instant& host_start() noexcept;

}  // namespace moonward::host
