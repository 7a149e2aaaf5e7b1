#include "host/host.hpp"

#include "host/bundle/bundle_loader.hpp"
#include "host/bus/service_port.hpp"
#include "host/host_implementation.hpp"

#include "policies/config_reader.hpp"
#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

namespace moonward::host {

namespace {

constexpr auto in_place = boost::system::in_place_value;

std::string lua_text() {
#ifdef MOONWARD_SYSTEM_LUA
  return "the system's Lua 5.4: KNOWN MEMORY-SAFETY BUGS, for trusted scripts only";
#else
  return "5.4.9, built in";
#endif
}

}  // namespace

std::string_view to_string(service_state state) noexcept {
  switch (state) {
    case service_state::starting: return "starting";
    case service_state::running: return "running";
    case service_state::backing_off: return "backing off";
    case service_state::quarantined: return "quarantined";
  }
  return "unknown";
}

host::host(std::unique_ptr<implementation> i) noexcept : implementation_{std::move(i)} {}

host::~host() { stop(std::chrono::milliseconds{0}); }

policies::result<std::unique_ptr<host>> host::create(policies::host_config config,
                                                     host_options options) {
  auto i = std::make_unique<implementation>(std::move(config), std::move(options));
  const auto made = i->make_parts();
  auto h = std::unique_ptr<host>{new host{std::move(i)}};
  if (!made) return made.error();
  return h;
}

void host::start() {
  implementation& i = *implementation_;
  for (const auto& t : i.tenants)
    for (const std::string& entry : t->config()->start) {
      const std::size_t space = entry.find(' ');
      const std::string name = entry.substr(0, space);
      const std::string arguments = space == std::string::npos ? "" : entry.substr(space + 1);
      const auto started = i.restarts->start(*t, name, arguments);
      if (!started)
        i.log.push_host(log_level::error, fmt::format("start tenant={} service={}: {}", t->name(),
                                                      name, started.error().text));
    }
}

void host::stop(std::chrono::milliseconds timeout) {
  implementation& i = *implementation_;
  if (i.stopped) return;
  i.stopped = true;
  if (i.restarts) i.restarts->close();
  if (i.workers && i.bus->table().count() != 0) {
    const std::uint64_t until = i.time.now_ms() + static_cast<std::uint64_t>(timeout.count());
    // Drain: what is in the mailboxes is still worked off.
    std::uint64_t epoch = 0;
    while (i.time.now_ms() < until && !i.workers->all_idle(epoch))
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    i.bus->order_end_of(nullptr, sandbox::verdict_reason::host_stop);
    const std::uint64_t grace = i.time.now_ms() + 2000;
    while (i.time.now_ms() < grace && i.bus->table().count() != 0)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  if (i.net) i.net->stop(timeout);
  // The monitor outlives the workers: it ends the turns that they wait for.
  if (i.workers) i.workers->stop();
  if (i.watcher) i.watcher->stop();
  if (i.workers) i.workers->release_monitor();
  i.monitor_thread.join();
  if (i.chunks) i.chunks->stop_cleaner();
  i.cleaner_thread.join();
  if (i.timers) i.timers->stop();
  i.timer_thread.join();
  if (i.restarts) i.restarts->stop();
  i.supervisor_thread.join();
  if (i.files) i.files->stop();
  i.loader_thread.join();
  if (i.writer) i.writer->stop();
  i.log_thread.join();
}

bool host::quiescent() const {
  const implementation& i = *implementation_;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  if (!i.workers->all_idle(before)) return false;
  if (i.timers->pending() != 0 || i.net->pending() != 0 || i.restarts->backing_off() != 0)
    return false;
  return i.workers->all_idle(after) && before == after;
}

host_status host::status() const {
  const implementation& i = *implementation_;
  host_status s;
  s.uptime_ms = i.time.now_ms();
  s.workers = i.workers->configured();
  s.stand_ins = i.workers->stand_ins();
  s.services = i.bus->table().count();
  s.preemptions = i.workers->preemptions();
  s.timers = i.timers->pending();
  s.resident_bytes = i.size.resident_bytes();
  for (const tenant* t : i.bus->tenants()) {
    s.messages += t->messages();
    s.sockets += const_cast<tenant*>(t)->net().sockets();
  }
  for (std::size_t r = 0; r < verdict_reasons; ++r) s.verdicts[r] = i.bus->ends(r);
  s.lua = lua_text();
  for (const protection_layer& layer : i.layers) s.protections.push_back(layer.text);
  return s;
}

std::vector<tenant_status> host::tenants() const {
  std::vector<tenant_status> rows;
  for (tenant* t : implementation_->bus->tenants()) {
    const auto config = t->config();
    tenant_status s;
    s.name = t->name();
    s.memory_bytes = t->account().used_bytes();
    s.memory_cap_bytes = t->account().cap_bytes();
    s.cpu_ns = t->cpu_ns();
    s.cpu_cores = config->quota.cpu_cores;
    s.weight = config->quota.weight;
    s.services = t->services();
    s.services_cap = config->quota.services;
    s.sockets = t->net().sockets();
    s.messages = t->messages();
    s.throttled_ns = t->throttled_ns();
    for (std::size_t r = 0; r < verdict_reasons; ++r) s.verdicts[r] = t->verdicts(r);
    rows.push_back(std::move(s));
  }
  return rows;
}

namespace {

service_status status_of(message_bus& bus, const service& s) {
  const service_life& life = *s.life;
  service_status row;
  row.id = s.live.load(std::memory_order_relaxed);
  row.tenant = life.log.tenant;
  row.name = life.plan.name;
  row.arguments = life.plan.arguments;
  row.state = s.has_started.load(std::memory_order_relaxed) ? service_state::running
                                                            : service_state::starting;
  row.usage = usage_of_service(bus, s);
  row.memory_cap_bytes = s.memory_cap_bytes.load(std::memory_order_relaxed);
  return row;
}

}  // namespace

std::vector<service_status> host::services(std::string_view tenant) const {
  implementation& i = *implementation_;
  std::vector<service_status> rows;
  i.bus->table().for_each([&](const class service& s) {
    if (tenant.empty() || s.life->log.tenant == tenant) rows.push_back(status_of(*i.bus, s));
  });
  for (service_status& row : rows) {
    row.restarts = i.restarts->restarts_of(row.id);
    row.last_end = i.restarts->last_end_of(row.id);
  }
  std::sort(rows.begin(), rows.end(),
            [](const service_status& a, const service_status& b) { return a.id < b.id; });
  for (service_status& row : i.restarts->waiting())
    if (tenant.empty() || row.tenant == tenant) rows.push_back(std::move(row));
  return rows;
}

std::optional<service_status> host::service(sandbox::handle id) const {
  for (service_status& row : services())
    if (row.id == id && id != 0) return std::move(row);
  return std::nullopt;
}

std::vector<sandbox::handle> host::find(std::string_view what) const {
  std::vector<sandbox::handle> found;
  if (const std::size_t slash = what.find('/'); slash != std::string_view::npos) {
    const std::string_view name = what.substr(slash + 1);
    for (const service_status& row : services(what.substr(0, slash)))
      if (row.id != 0 && (row.name == name || row.name + " " + row.arguments == name))
        found.push_back(row.id);
    return found;
  }
  const std::string hex{what.starts_with(':') ? what.substr(1) : what};
  char* end = nullptr;
  const sandbox::handle id = std::strtoull(hex.c_str(), &end, 16);
  if (!hex.empty() && *end == '\0' && implementation_->bus->table().find(id) != nullptr)
    found.push_back(id);
  return found;
}

bool host::kill(sandbox::handle id, std::string_view by) {
  implementation& i = *implementation_;
  if (!i.bus->order_end(id, sandbox::verdict_reason::operator_kill)) return false;
  i.log.push_host(log_level::info, fmt::format("kill address=:{:08x} ordered by {}", id, by));
  return true;
}

policies::result<sandbox::handle> host::launch(std::string_view tenant, std::string_view name,
                                               std::string_view arguments) {
  auto* t = implementation_->bus->find_tenant(tenant);
  if (t == nullptr) return policies::failure{fmt::format("there is no tenant \"{}\"", tenant)};
  return implementation_->restarts->start(*t, name, arguments);
}

void host::protect(thread_role role) const { implementation_->filters->install(role); }

thread_setup host::protected_setup() const { return implementation_->setup(); }

log_queue& host::log() noexcept { return implementation_->log; }
log_writer& host::writer() noexcept { return *implementation_->writer; }
const policies::host_config& host::config() const noexcept { return implementation_->config; }

// -- changes while it runs --------------------------------------------------------------------

policies::result<std::string> host::set_quota(std::string_view what, std::string_view assignment) {
  implementation& i = *implementation_;
  const std::size_t slash = what.find('/');
  const std::string_view name = what.substr(0, slash);
  tenant* t = i.bus->find_tenant(name);
  if (t == nullptr) return policies::failure{fmt::format("there is no tenant \"{}\"", name)};
  policies::tenant_config config = *t->config();
  if (slash == std::string_view::npos) {
    if (auto r = policies::apply_override(config.quota, assignment); !r) return r.error();
    t->replace_config(std::move(config));
    return {in_place, fmt::format("tenant {}: {}", name, assignment)};
  }
  const std::string service_name{what.substr(slash + 1)};
  policies::service_quota quota = config.quota_for(service_name);
  if (auto r = policies::apply_override(quota, assignment); !r) return r.error();
  config.services[service_name] = quota;
  t->replace_config(std::move(config));
  const std::size_t running = i.take_over_quotas(*t, *t->config(), service_name);
  return {in_place, fmt::format("{}: {} ({} running)", what, assignment, running)};
}

namespace {

// What a reload reads, on the loader thread.
struct reading {
  policies::config_result config;
  std::vector<std::shared_ptr<const bundle>> bundles;
  std::string problem;
};

reading read_all(const std::filesystem::path& source, const file_access& files) {
  reading all;
  if (!files.may_read(source)) {
    all.problem = fmt::format(
        "{} is not the file that the host was started with, and of its directory nothing else may "
        "be read: restart the host, and keep the configuration in a directory of its own",
        source.string());
    return all;
  }
  all.config = policies::read_config_file(source);
  if (!all.config.ok()) {
    all.problem = all.config.text();
    return all;
  }
  for (const policies::tenant_config& t : all.config.config->tenants) {
    if (!files.may_read(t.root)) {
      all.problem = fmt::format(
          "tenant \"{}\": {} lies outside of what the host may read since its start; restart the "
          "host to add it, or move it below {}",
          t.name, t.root.string(), source.parent_path().string());
      return all;
    }
    auto scripts = read_bundle(t.root);
    if (!scripts) {
      all.problem = fmt::format("tenant \"{}\": {}", t.name, scripts.error().text);
      return all;
    }
    all.bundles.push_back(std::move(*scripts));
  }
  return all;
}

}  // namespace

policies::result<std::string> host::reload() {
  implementation& i = *implementation_;
  // First everything is read, then everything is taken over: a bad bundle changes nothing.
  reading all;
  i.files->run([&] { all = read_all(i.config.source, i.options.files); });
  if (!all.problem.empty()) return policies::failure{all.problem};
  policies::config_result& read = all.config;
  const auto& bundles = all.bundles;
  std::size_t added = 0;
  std::size_t changed = 0;
  for (std::size_t n = 0; n < bundles.size(); ++n) {
    const policies::tenant_config& config = read.config->tenants[n];
    if (tenant* t = i.bus->find_tenant(config.name)) {
      if (t->scripts()->hash() != bundles[n]->hash()) {
        const std::uint64_t before = t->scripts()->bytes();
        t->account().charge_always(bundles[n]->bytes());
        t->account().release(before);
        t->replace_scripts(bundles[n]);
        ++changed;
      }
      t->replace_config(config);
      i.take_over_quotas(*t, config);
      i.restarts->release_quarantine(*t);
      continue;
    }
    i.tenants.push_back(std::make_unique<tenant>(config, bundles[n]));
    tenant& fresh = *i.tenants.back();
    fresh.account().charge_always(bundles[n]->bytes());
    i.bus->add_tenant(fresh);
    ++added;
    for (const std::string& entry : config.start) {
      const std::size_t space = entry.find(' ');
      (void)i.restarts->start(fresh, entry.substr(0, space),
                              space == std::string::npos ? "" : entry.substr(space + 1));
    }
  }
  i.config = std::move(*read.config);
  return {in_place, fmt::format("{} tenants read, {} new, {} with changed scripts", bundles.size(),
                                added, changed)};
}

}  // namespace moonward::host
