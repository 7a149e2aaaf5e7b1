#include "host/bus/message_bus.hpp"

#include "host/bus/service_port.hpp"
#include "host/bus/verdict_text.hpp"

#include "sandbox/codec/value_codec.hpp"

#include "policies/config_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace moonward::host {

using sandbox::handle;
using sandbox::message;
using sandbox::message_type;
using sandbox::send_result;
using sandbox::verdict_reason;

namespace {

bool is_answer(const message& m) noexcept {
  return m.type == message_type::response || m.type == message_type::error;
}

std::string title(const service_plan& plan) {
  return plan.arguments.empty() ? plan.name : plan.name + " " + plan.arguments;
}

}  // namespace

service::~service() = default;

message_bus::~message_bus() {
  table_.for_each([](service& s) {
    release_chain(s.box.close());
    s.life.reset();
  });
}

void message_bus::connect(worker_waker& workers, timer_service& timers, network& net) noexcept {
  workers_ = &workers;
  timers_ = &timers;
  network_ = &net;
}

void message_bus::add_tenant(tenant& t) {
  const std::lock_guard lock{tenants_mutex_};
  t.set_colour(static_cast<unsigned>(tenants_.size()));
  tenants_.push_back(&t);
}

tenant* message_bus::find_tenant(std::string_view name) const {
  const std::lock_guard lock{tenants_mutex_};
  for (tenant* t : tenants_)
    if (t->name() == name) return t;
  return nullptr;
}

std::vector<tenant*> message_bus::tenants() const {
  const std::lock_guard lock{tenants_mutex_};
  return tenants_;
}

// -- messages ---------------------------------------------------------------------------------

void message_bus::schedule(service& s, bool soon) noexcept {
  if (soon && workers_->offer_next(s)) return;
  const bool woken = ready_.push(s, run_queue::cause::message);
  if (!workers_->wake_one() && woken) workers_->hurry_monitor();
}

void message_bus::reschedule(service& s) noexcept {
  (void)ready_.push(s, run_queue::cause::turn);
  (void)workers_->wake_one();
}

send_result message_bus::deliver(service& s, message* m, bool may_refuse) noexcept {
  const std::uint64_t bytes = m->footprint();
  if (may_refuse) {
    if (!s.box.reserve(bytes, s.mailbox_messages.load(std::memory_order_relaxed),
                       s.mailbox_bytes.load(std::memory_order_relaxed))) {
      release_message(m);
      return send_result::mailbox_full;
    }
  } else {
    s.box.reserve_always(bytes);
  }
  const bool soon = m->session != 0;  // a request that is waited for, or the answer to one
  switch (s.box.push(m)) {
    case push_result::queued: break;
    case push_result::unblocked_reader: schedule(s, soon); break;
    case push_result::closed:
      s.box.take_back(bytes);
      release_message(m);
      return send_result::dead;
  }
  return send_result::delivered;
}

bool message_bus::push(message* m) noexcept {
  service* s = table_.find(m->destination);
  if (s == nullptr) {
    release_message(m);
    return false;
  }
  return deliver(*s, m, false) == send_result::delivered;
}

send_result message_bus::send(tenant& sender, message* m) noexcept {
  service* s = table_.find(m->destination);
  if (s == nullptr) {
    release_message(m);
    return send_result::dead;
  }
  if (s->owner.load(std::memory_order_relaxed) != &sender) [[unlikely]] {
    const bool reply = (m->flags & sandbox::message_flag::reply) != 0;
    if (!reply && (is_answer(*m) || !reachable(sender, m->destination))) {
      release_message(m);
      return send_result::dead;
    }
    m->flags |= sandbox::message_flag::foreign;
  }
  return deliver(*s, m, !is_answer(*m));
}

void message_bus::send_error(handle to, std::int32_t session, handle from,
                             std::string_view text) noexcept {
  message* m = sandbox::make_message(text, nullptr);
  if (m == nullptr) return;
  m->type = message_type::error;
  m->origin = sandbox::message_origin::host;
  m->destination = to;
  m->source = from;
  m->session = session;
  (void)push(m);
}

void message_bus::send_answer(handle to, std::int32_t session, handle from,
                              std::string_view packed) noexcept {
  message* m = sandbox::make_message(packed, nullptr);
  if (m == nullptr) return;
  m->type = message_type::response;
  m->origin = sandbox::message_origin::host;
  m->destination = to;
  m->source = from;
  m->session = session;
  (void)push(m);
}

void message_bus::bounce(message* m, handle from, std::string_view why) noexcept {
  if (m->session != 0 && !is_answer(*m) && m->source != 0 &&
      m->origin == sandbox::message_origin::service)
    send_error(m->source, m->session, from, why);
  release_message(m);
}

bool message_bus::reachable(const tenant& from, handle id) const noexcept {
  const service* s = table_.find(id);
  if (s == nullptr) return false;
  const tenant* to = s->owner.load(std::memory_order_relaxed);
  if (to == &from) return true;
  const auto config = from.config();
  for (const policies::import_name& import : config->imports)
    if (import.tenant == to->name() && to->exports(import.name) &&
        to->find_name("." + import.name) == id)
      return true;
  return false;
}

handle message_bus::find_name(tenant& from, std::string_view name) noexcept {
  if (const handle id = from.find_name(name)) return id;
  if (name == ".service" || name == ".launcher") {
    service_plan plan;
    plan.owner = &from;
    plan.name = name == ".service" ? "service_mgr" : "launcher";
    plan.system = true;
    std::string why;
    const handle id = create(std::move(plan), why);
    if (id == 0) return 0;
    if (from.add_name(name, id)) return id;
    order_end(id, verdict_reason::finished);  // somebody else was faster
    return from.find_name(name);
  }
  const std::size_t dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos) return 0;
  const std::string_view other = name.substr(0, dot);
  const std::string_view wanted = name.substr(dot + 1);
  const auto config = from.config();
  for (const policies::import_name& import : config->imports) {
    if (import.tenant != other || import.name != wanted) continue;
    const tenant* exporter = find_tenant(other);
    if (exporter == nullptr || !exporter->exports(wanted)) return 0;
    return exporter->find_name("." + std::string{wanted});
  }
  return 0;
}

// -- services ---------------------------------------------------------------------------------

handle message_bus::create(service_plan plan, std::string& why) noexcept {
  tenant& owner = *plan.owner;
  if (!plan.system && plan.code.empty() && !policies::is_service_name(plan.name)) {
    why = fmt::format("\"{}\" is not a service name", plan.name);
    return 0;
  }
  auto scripts = owner.scripts();
  if (!plan.system && plan.code.empty() && scripts->find_service(plan.name) == nullptr &&
      parts_.services.find_service(plan.name) == nullptr) {
    why = fmt::format("no service \"{}\" in the bundle of tenant \"{}\"", plan.name, owner.name());
    return 0;
  }
  const bool metered = !plan.by_host && !plan.system;
  if (!plan.system && !owner.admit(parts_.time.now_ns(), metered, why)) return 0;
  auto life = std::make_unique<service_life>();
  life->config = owner.config();
  life->quota = plan.system ? policies::service_quota{} : life->config->quota_for(plan.name);
  life->scripts = std::move(scripts);
  message* start = sandbox::make_message(plan.arguments, &owner.account());
  handle id = 0;
  service* s = start != nullptr ? table_.allocate(id) : nullptr;
  if (s == nullptr) {
    if (!plan.system) owner.leave();
    why = start == nullptr ? fmt::format("tenant \"{}\" has reached its memory cap", owner.name())
                           : "the host has no more slots for services";
    release_message(start);
    return 0;
  }
  life->log.tenant = owner.name();
  life->log.name = plan.name;
  life->log.service = id;
  life->log.line_bytes = life->quota.log_line_bytes;
  life->log.account = &owner.account();
  life->log.rate.set_rate(life->quota.log_rate_per_second);
  life->plan = std::move(plan);
  s->mailbox_messages.store(life->quota.mailbox_messages, std::memory_order_relaxed);
  s->mailbox_bytes.store(life->quota.mailbox_bytes, std::memory_order_relaxed);
  s->memory_cap_bytes.store(life->quota.memory_bytes, std::memory_order_relaxed);
  s->ordered_end.store(0, std::memory_order_relaxed);
  s->has_pending_quota.store(false, std::memory_order_relaxed);
  s->cpu_ns.store(0, std::memory_order_relaxed);
  s->messages.store(0, std::memory_order_relaxed);
  s->footprint_bytes.store(0, std::memory_order_relaxed);
  s->coroutines.store(0, std::memory_order_relaxed);
  s->has_started.store(false, std::memory_order_relaxed);
  s->owner.store(&owner, std::memory_order_relaxed);
  life->port = std::make_unique<service_port>(*this, *s, id, *life);
  life->actor =
      std::make_unique<sandbox::actor>(*life->port, parts_.chunks.of_colour(owner.colour()));
  {
    const std::lock_guard lock{table_.mutex()};
    s->life = std::move(life);
  }
  s->box.open();
  s->live.store(id, std::memory_order_release);
  // What the operator starts can be addressed by its name.
  if (s->life->plan.by_host) (void)owner.add_name("." + s->life->plan.name, id);
  start->type = message_type::system;
  start->origin = sandbox::message_origin::host;
  start->destination = id;
  (void)push(start);
  return id;
}

bool message_bus::order_end(handle id, verdict_reason reason) noexcept {
  service* s = table_.find(id);
  if (s == nullptr) return false;
  std::uint8_t none = 0;
  s->ordered_end.compare_exchange_strong(none, static_cast<std::uint8_t>(reason),
                                         std::memory_order_relaxed);
  // An empty message brings it to a worker, which finds the order.
  message* m = sandbox::make_message({}, nullptr);
  if (m == nullptr) return false;
  m->type = message_type::system;
  m->origin = sandbox::message_origin::host;
  m->destination = id;
  return push(m);
}

void message_bus::order_end_of(const tenant* whose, verdict_reason reason) noexcept {
  std::vector<handle> all;
  table_.for_each([&](const service& s) {
    if (whose == nullptr || s.owner.load(std::memory_order_relaxed) == whose)
      all.push_back(s.live.load(std::memory_order_relaxed));
  });
  for (const handle id : all) order_end(id, reason);
}

void message_bus::started(service& s) noexcept {
  service_life& life = *s.life;
  life.started = true;
  s.has_started.store(true, std::memory_order_relaxed);
  if (life.plan.spawner == 0) return;
  const handle id = s.live.load(std::memory_order_relaxed);
  sandbox::packed_values answer;
  answer.add(static_cast<std::int64_t>(id));
  send_answer(life.plan.spawner, life.plan.spawner_session, id, answer.bytes());
  life.plan.spawner = 0;
}

void message_bus::log_end(service& s, handle id, const sandbox::verdict& why) noexcept {
  log_source& source = s.life->log;
  const service_plan& plan = s.life->plan;
  if (why.reason == verdict_reason::finished || why.reason == verdict_reason::host_stop) return;
  if (quiet_about_main_ && plan.by_host) return;
  if (why.reason == verdict_reason::script_error) {
    parts_.log.push(source, log_level::error, "init service failed: " + why.detail);
    return;
  }
  std::string line = fmt::format("killed tenant={} service={} address=:{:08x} verdict={}",
                                 source.tenant, title(plan), id, describe(why));
  if (!why.detail.empty()) line += "\n" + why.detail;
  parts_.log.push_host(log_level::warning, line);
}

void message_bus::finish(service& s, const sandbox::verdict& why, message* unread) noexcept {
  service_life& life = *s.life;
  const handle id = s.live.load(std::memory_order_relaxed);
  tenant& owner = *s.owner.load(std::memory_order_relaxed);
  log_end(s, id, why);

  // First nobody finds it any more; then what it leaves is answered.
  s.live.store(0, std::memory_order_release);
  owner.drop_names_of(id);
  std::string reason;
  if (why.reason == verdict_reason::host_stop) {
    reason = "the host stops";
  } else if (why.reason != verdict_reason::finished && why.reason != verdict_reason::script_error) {
    reason =
        fmt::format("service :{:08x} ({}) was killed: {}", id, title(life.plan), describe(why));
  }
  if (unread != nullptr) bounce(unread, id, reason);
  message* left = s.box.close();
  while (left != nullptr) {
    message* next = left->next;
    s.box.settle(1, left->footprint());
    bounce(left, id, reason);
    left = next;
  }
  life.actor->for_each_debt(
      [&](handle to, std::int32_t session) { send_error(to, session, id, reason); },
      [&](handle callee) { send_error(callee, 0, id, reason); });
  if (life.plan.spawner != 0) {
    if (why.reason == verdict_reason::finished) {
      sandbox::packed_values nothing;
      send_answer(life.plan.spawner, life.plan.spawner_session, id, nothing.nil().bytes());
    } else {
      send_error(life.plan.spawner, life.plan.spawner_session, id,
                 fmt::format("newservice \"{}\": {}", life.plan.name,
                             reason.empty() ? why.detail : reason));
    }
  }
  if (life.port->has_timers()) timers_->cancel_all(id);
  if (life.port->has_sockets()) network_->close_all(id);
  if (const handle watcher = owner.watcher(); watcher != 0 && watcher != id) {
    if (message* m = sandbox::make_message({}, nullptr)) {
      m->type = message_type::client;
      m->destination = watcher;
      m->source = id;
      (void)push(m);
    }
  } else if (watcher == id) {
    owner.set_watcher(0);
  }
  ends_[static_cast<std::size_t>(why.reason)].fetch_add(1, std::memory_order_relaxed);
  owner.count_verdict(why.reason);

  std::unique_ptr<service_life> last;
  {
    const std::lock_guard lock{table_.mutex()};
    last = std::move(s.life);
    s.pending_quota.reset();
  }
  last->actor.reset();
  last->port.reset();
  if (!last->plan.system) owner.leave();
  table_.release(s);
  if (on_end_) on_end_({id, owner.name(), last->plan.name, last->plan.by_host, why}, last->plan);
}

}  // namespace moonward::host
