/// The parts of a host in the order of their making; private to host*.cpp.
///
/// What stands earlier is used by what stands later, and outlives it.
#pragma once

#include "host/bundle/file_loader.hpp"
#include "host/bus/message_bus.hpp"
#include "host/bus/worker_pool.hpp"
#include "host/host.hpp"
#include "host/memory/process_size.hpp"
#include "host/monitor/monitor.hpp"
#include "host/net/network.hpp"
#include "host/net/network_sink.hpp"
#include "host/protection.hpp"
#include "host/supervision/supervisor.hpp"
#include "host/thread_role.hpp"
#include "host/time/timer_service.hpp"

#include <memory>
#include <string>
#include <vector>

namespace moonward::host {

/// The bus as the network sees it.
class bus_network_sink final : public network_sink {
 public:
  explicit bus_network_sink(message_bus& bus) noexcept : bus_{bus} {}
  [[nodiscard]] bool push(sandbox::message* m) noexcept override { return bus_.push(m); }
  void log(sandbox::handle service, std::string_view text) noexcept override;
  [[nodiscard]] std::uint64_t now_ms() const noexcept override {
    return bus_.parts().time.now_ms();
  }

 private:
  message_bus& bus_;
};

struct host::implementation {
  implementation(policies::host_config c, host_options o)
      : config{std::move(c)}, options{std::move(o)} {}

  policies::host_config config;
  host_options options;
  process_size size;
  std::vector<protection_layer> layers;
  monotonic_clock time;
  log_queue log{time};
  std::unique_ptr<log_writer> writer;
  std::unique_ptr<chunk_pools> chunks;  // after memory_keys::prepare
  std::unique_ptr<const bundle> modules;
  std::unique_ptr<const bundle> services;
  std::vector<std::unique_ptr<tenant>> tenants;  // main thread and reloads; others go by the bus
  std::unique_ptr<message_bus> bus;
  std::unique_ptr<bus_network_sink> network_end;
  std::unique_ptr<timer_service> timers;
  std::unique_ptr<supervisor> restarts;
  std::unique_ptr<protection> filters;  // compiled after the network, which has descriptors in it
  std::unique_ptr<network> net;
  std::unique_ptr<worker_pool> workers;
  std::unique_ptr<monitor> watcher;
  std::unique_ptr<file_loader> files;

  thread log_thread;
  thread timer_thread;
  thread cleaner_thread;
  thread monitor_thread;
  thread supervisor_thread;
  thread loader_thread;
  bool stopped = false;

  [[nodiscard]] thread_setup setup() const;
  [[nodiscard]] policies::result<int> make_parts();
  void warn_of_missing_layers();
  [[nodiscard]] policies::result<int> make_tenants();
  [[nodiscard]] policies::result<int> launch();
  /// Gives running services (all, or those of one name) the quotas of a new configuration; how
  /// many.
  std::size_t take_over_quotas(const tenant& t, const policies::tenant_config& c,
                               std::string_view only = {});
};

}  // namespace moonward::host
