#include "host/bus/service_port.hpp"

#include <chrono>
#include <utility>

namespace moonward::host {

using sandbox::handle;

namespace {

start_instant take_start_instant() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return {static_cast<std::uint64_t>(ms / 1000), static_cast<std::uint64_t>(ms % 1000)};
}

}  // namespace

const start_instant& host_start() noexcept {
  static const start_instant instant = take_start_instant();
  return instant;
}

sandbox::service_usage usage_of_service(message_bus& bus, const service& s) {
  tenant& owner = *s.owner.load(std::memory_order_relaxed);
  const handle id = s.live.load(std::memory_order_relaxed);
  sandbox::service_usage u;
  u.memory_bytes = s.footprint_bytes.load(std::memory_order_relaxed);
  u.cpu_ns = s.cpu_ns.load(std::memory_order_relaxed);
  u.messages = s.messages.load(std::memory_order_relaxed);
  u.mailbox_messages = s.box.outstanding_messages();
  u.mailbox_bytes = s.box.outstanding_bytes();
  u.timers = bus.timers().pending_of(id);
  u.sockets = bus.net().sockets_of(id);
  u.coroutines = s.coroutines.load(std::memory_order_relaxed);
  u.tenant_memory_bytes = owner.account().used_bytes();
  u.tenant_memory_cap_bytes = owner.account().cap_bytes();
  u.tenant_services = owner.services();
  u.tenant_sockets = owner.net().sockets();
  return u;
}

service_port::service_port(message_bus& bus, service& self, handle id, service_life& life)
    : bus_{bus}, service_{self}, id_{id}, life_{life}, owner_{*life.plan.owner} {}

service_port::~service_port() = default;

std::string_view service_port::tenant_name() const noexcept { return owner_.name(); }
std::string_view service_port::service_name() const noexcept { return life_.plan.name; }

sandbox::service_usage service_port::usage() noexcept {
  sandbox::service_usage u = usage_of_service(bus_, service_);
  u.memory_bytes = life_.actor->footprint_bytes();
  u.coroutines = life_.actor->coroutines();
  u.messages = life_.actor->messages();
  u.cpu_ns = cpu_ns();
  return u;
}

bool service_port::usage_of(handle id, sandbox::service_usage& out) noexcept {
  const service* s = bus_.table().find(id);
  if (s == nullptr || s->owner.load(std::memory_order_relaxed) != &owner_) return false;
  out = usage_of_service(bus_, *s);
  return true;
}

// -- messages and names -----------------------------------------------------------------------

sandbox::send_result service_port::send(sandbox::message* m) noexcept {
  if (m->source == 0) m->source = id_;
  return bus_.send(owner_, m);
}

bool service_port::alive(handle id) noexcept { return bus_.reachable(owner_, id); }

handle service_port::find_name(std::string_view name) noexcept {
  return bus_.find_name(owner_, name);
}

bool service_port::register_name(std::string_view name, handle id) noexcept {
  const service* s = bus_.table().find(id);
  if (s == nullptr || s->owner.load(std::memory_order_relaxed) != &owner_) return false;
  return owner_.add_name(name, id);
}

// -- services ---------------------------------------------------------------------------------

handle service_port::spawn(const sandbox::spawn_request& request, std::string& why) noexcept {
  service_plan plan;
  plan.owner = &owner_;
  plan.name = request.name;
  plan.arguments = request.arguments;
  plan.code = request.code;
  plan.spawner = id_;
  plan.spawner_session = request.session;
  return bus_.create(std::move(plan), why);
}

void service_port::started() noexcept { bus_.started(service_); }

bool service_port::kill(handle id) noexcept {
  const service* s = bus_.table().find(id);
  if (s == nullptr || s->owner.load(std::memory_order_relaxed) != &owner_) return false;
  return bus_.order_end(id, sandbox::verdict_reason::operator_kill);
}

void service_port::abort_tenant() noexcept {
  bus_.order_end_of(&owner_, sandbox::verdict_reason::finished);
}

handle service_port::set_monitor(handle id) noexcept {
  if (const handle before = owner_.watcher(); before != 0 && bus_.table().find(before) != nullptr)
    return before;
  if (bus_.reachable(owner_, id)) owner_.set_watcher(id);
  return owner_.watcher();
}

const std::vector<sandbox::service_row>& service_port::list() noexcept {
  rows_.clear();
  bus_.table().for_each([this](const service& s) {
    if (s.owner.load(std::memory_order_relaxed) != &owner_ || s.life->plan.system) return;
    sandbox::service_row row;
    row.id = s.live.load(std::memory_order_relaxed);
    row.name = s.life->plan.name;
    if (!s.life->plan.arguments.empty()) row.name += " " + s.life->plan.arguments;
    row.usage = usage_of_service(bus_, s);
    rows_.push_back(std::move(row));
  });
  return rows_;
}

// -- time -------------------------------------------------------------------------------------

std::uint64_t service_port::now_ms() const noexcept {
  return bus_.parts().time.now_ms() + host_start().ms;
}

std::uint64_t service_port::monotonic_ns() const noexcept { return bus_.parts().time.now_ns(); }

std::uint64_t service_port::start_time() const noexcept { return host_start().seconds; }

std::uint64_t service_port::cpu_ns() const noexcept {
  return service_.cpu_ns.load(std::memory_order_relaxed) + bus_.parts().time.now_ns() -
         slice_began_ns_;
}

bool service_port::add_timer(std::int32_t session, std::uint64_t delay_ms,
                             std::uint64_t period_ms) noexcept {
  has_timers_ = true;
  return bus_.timers().add(id_, session, delay_ms, period_ms, &owner_.account(),
                           life_.quota.timers);
}

void service_port::cancel_timer(std::int32_t session) noexcept {
  bus_.timers().cancel(id_, session);
}

// -- scripts, log, environment, sockets -------------------------------------------------------

bool service_port::give(const bundle& from, const bundle::file* file,
                        sandbox::module_source& out) const noexcept {
  if (file == nullptr) return false;
  out.text = file->text;
  out.chunk_name = file->path;
  out.key = file;
  const std::string* compiled = from.compiled(file);
  out.compiled = compiled != nullptr ? std::string_view{*compiled} : std::string_view{};
  return true;
}

bool service_port::find_module(module_kind kind, std::string_view name,
                               sandbox::module_source& out) noexcept {
  const bundle& own = *life_.scripts;
  const bundle& built_in = bus_.parts().modules;
  const bundle& built_in_services = bus_.parts().services;
  switch (kind) {
    case module_kind::service:
      if (!life_.plan.code.empty() && name == life_.plan.name) {
        out = {{}, life_.plan.name, life_.plan.code, nullptr};
        return true;
      }
      // A built-in service that a tenant starts by its name, such as snaxd, is the tenant's own.
      if (!life_.plan.system && give(own, own.find_service(name), out)) return true;
      return give(built_in_services, built_in_services.find_service(name), out);
    case module_kind::module:
      // The names of the script API mean the same everywhere; all others are the tenant's first,
      // but in a built-in service, which has rights that the tenant's code must not get.
      if (life_.plan.system || name.starts_with("skynet.") || name.starts_with("moonward."))
        return give(built_in, built_in.find_module(name), out) ||
               give(own, own.find_module(name), out);
      return give(own, own.find_module(name), out) ||
             give(built_in, built_in.find_module(name), out);
    case module_kind::file: return give(own, own.find_file(name), out);
  }
  return false;
}

void service_port::store_compiled(const void* key, std::string_view bytes) noexcept {
  life_.scripts->store_compiled(key, bytes);
  bus_.parts().modules.store_compiled(key, bytes);
  bus_.parts().services.store_compiled(key, bytes);
}

void service_port::log(log_level level, std::string_view text) noexcept {
  bus_.parts().log.push(life_.log, level, text);
}

const std::string* service_port::find_env(std::string_view key) noexcept {
  return owner_.find_env(key);
}

bool service_port::set_env(std::string_view key, std::string_view value) noexcept {
  return owner_.set_env(key, value);
}

sandbox::socket_port& service_port::sockets() noexcept {
  if (!sockets_) sockets_ = bus_.net().port_for({id_, owner_.net()});
  return *sockets_;
}

}  // namespace moonward::host
