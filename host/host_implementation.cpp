#include "host/host_implementation.hpp"

#include "host/bundle/bundle_loader.hpp"
#include "host/bus/service_port.hpp"

#include "sandbox/vm/execution.hpp"

#include "embedded/lualib.hpp"
#include "embedded/services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <future>
#include <thread>
#include <utility>

namespace moonward::host {

void bus_network_sink::log(sandbox::handle service, std::string_view text) noexcept {
  bus_.parts().log.push_host(log_level::warning, fmt::format("service :{:08x}: {}", service, text));
}

thread_setup host::implementation::setup() const {
  return {[this](thread_role role) { filters->install(role); }, 0};
}

policies::result<int> host::implementation::make_tenants() {
  for (const policies::tenant_config& t : config.tenants) {
    auto scripts = read_bundle(t.root);
    if (!scripts)
      return policies::failure{fmt::format("tenant \"{}\": {}", t.name, scripts.error().text)};
    const std::uint64_t bytes = (*scripts)->bytes();
    tenants.push_back(std::make_unique<tenant>(t, std::move(*scripts)));
    if (!tenants.back()->account().charge(bytes))
      return policies::failure{
          fmt::format("tenant \"{}\": its scripts take {} bytes, more than its memory of {} bytes",
                      t.name, bytes, t.quota.memory_bytes)};
    bus->add_tenant(*tenants.back());
  }
  return 0;
}

void host::implementation::warn_of_missing_layers() {
#ifndef MOONWARD_SANITIZER
  for (const protection_layer& layer : layers)
    if (layer.state == layer_state::missing) log.push_host(log_level::warning, layer.text);
#endif
}

policies::result<int> host::implementation::make_parts() {
  (void)host_start();
  // All times are UTC, and libc must not look for a time zone's file once filters are in place.
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
  sandbox::install_interrupt_handlers();
  sandbox::memory_keys::prepare();
  layers = protection_layers(options.files, options.account);
  if (config.settings.require_protection)
    if (auto all = require_all(layers); !all) return all.error();
  chunks = std::make_unique<chunk_pools>();
  auto opened = log_writer::open(log, options.log);
  if (!opened) return opened.error();
  writer = std::move(*opened);
  warn_of_missing_layers();
  modules = std::make_unique<const bundle>(embedded::lualib::files());
  services = std::make_unique<const bundle>(embedded::services::files());
  bus = std::make_unique<message_bus>(bus_parts{time, log, *chunks, *modules, *services});
  if (options.single_run) bus->be_quiet_about_main();
  if (auto made = make_tenants(); !made) return made;
  timers = std::make_unique<timer_service>(*bus, time);
  restarts = std::make_unique<supervisor>(*bus);
  bus->on_end([this](const service_end& end, const service_plan& plan) {
    if (options.on_end) options.on_end(end);
    if (!options.single_run) restarts->ended(end, plan);
  });
  return launch();
}

std::size_t host::implementation::take_over_quotas(const tenant& t,
                                                   const policies::tenant_config& c,
                                                   std::string_view only) {
  std::size_t count = 0;
  bus->table().for_each([&](class service& s) {
    const service_plan& plan = s.life->plan;
    if (s.owner.load(std::memory_order_relaxed) != &t || plan.system) return;
    if (!only.empty() && plan.name != only) return;
    const policies::service_quota& quota = c.quota_for(plan.name);
    s.pending_quota = std::make_unique<policies::service_quota>(quota);
    s.has_pending_quota.store(true, std::memory_order_relaxed);
    s.mailbox_messages.store(quota.mailbox_messages, std::memory_order_relaxed);
    s.mailbox_bytes.store(quota.mailbox_bytes, std::memory_order_relaxed);
    s.memory_cap_bytes.store(quota.memory_bytes, std::memory_order_relaxed);
    ++count;
  });
  return count;
}

policies::result<int> host::implementation::launch() {
  // The network's threads exist before the filters do, which name the descriptors they have.
  auto opened = std::make_shared<std::promise<void>>();
  const std::shared_future<void> ready = opened->get_future().share();
  const auto launcher = [this, ready](thread_role role) {
    return [this, ready, role](const std::string& name, std::function<void()> body) {
      auto started = launch_thread(role, name,
                                   [this, ready, role, run = std::move(body)] {
                                     ready.wait();
                                     if (filters) {
                                       filters->install(role);
                                       run();
                                     }
                                   },
                                   {});
      return started ? std::move(*started) : thread{};
    };
  };
  network_end = std::make_unique<bus_network_sink>(*bus);
  network_options net_options;
  net_options.io_threads = static_cast<unsigned>(config.settings.io_threads);
  net = std::make_unique<network>(
      *network_end, network_threads{launcher(thread_role::io), launcher(thread_role::resolver)},
      net_options);

  policies::bindings bound;
  bound["wakeup"] = {};
  bound["log"] = {};
  for (const int fd : net->wake_descriptors())
    bound["wakeup"].push_back(static_cast<std::uint64_t>(fd));
  for (const int fd : writer->descriptors()) bound["log"].push_back(static_cast<std::uint64_t>(fd));
  auto compiled = protection::compile(bound);
  if (compiled) filters = std::move(*compiled);
  opened->set_value();
  if (!compiled) return compiled.error();

  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const auto count =
      config.settings.workers == 0 ? cores : static_cast<unsigned>(config.settings.workers);
  const auto quantum_ns = static_cast<std::uint64_t>(config.settings.slice.count());
  workers = std::make_unique<worker_pool>(*bus, count, quantum_ns, setup());
  watcher = std::make_unique<monitor>(*bus, *workers, quantum_ns);
  bus->connect(*workers, *timers, *net);

  const auto run = [this](thread& into, thread_role role, std::string_view name,
                          std::function<void()> body) -> policies::result<int> {
    auto started = launch_thread(role, name, std::move(body), setup());
    if (!started) return started.error();
    into = std::move(*started);
    return 0;
  };
  if (auto r = run(log_thread, thread_role::log, "log", [this] { writer->run(); }); !r) return r;
  if (auto r = run(timer_thread, thread_role::timer, "timer", [this] { timers->run(); }); !r)
    return r;
  if (auto r =
          run(cleaner_thread, thread_role::cleaner, "cleaner", [this] { chunks->run_cleaner(); });
      !r)
    return r;
  if (auto r =
          run(supervisor_thread, thread_role::control, "supervisor", [this] { restarts->run(); });
      !r)
    return r;
  files = std::make_unique<file_loader>();
  if (auto r = run(loader_thread, thread_role::loader, "loader", [this] { files->work(); }); !r)
    return r;
  if (auto started = workers->start(); !started) return started.error();
  return run(monitor_thread, thread_role::monitor, "monitor", [this] { watcher->run(); });
}

}  // namespace moonward::host
