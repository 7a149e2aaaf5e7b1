#include "host/supervision/supervisor.hpp"

#include "host/bus/verdict_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace moonward::host {

namespace {

constexpr std::uint64_t longest_backoff_ns = 60 * ns_a_second;

bool wants_restart(policies::restart_policy policy, sandbox::verdict_reason reason) noexcept {
  if (reason == sandbox::verdict_reason::host_stop) return false;
  switch (policy) {
    case policies::restart_policy::never: return false;
    case policies::restart_policy::always: return true;
    case policies::restart_policy::on_failure:
      return reason != sandbox::verdict_reason::finished &&
             reason != sandbox::verdict_reason::operator_kill;
  }
  return false;
}

}  // namespace

policies::result<sandbox::handle> supervisor::start(tenant& owner, std::string_view name,
                                                    std::string_view arguments) {
  const std::lock_guard lock{mutex_};
  auto e = std::make_unique<entry>();
  e->owner = &owner;
  e->name = name;
  e->arguments = arguments;
  service_plan plan;
  plan.owner = &owner;
  plan.name = name;
  plan.arguments = arguments;
  plan.by_host = true;
  std::string why;
  e->id = bus_.create(std::move(plan), why);
  if (e->id == 0) return policies::failure{why};
  const sandbox::handle id = e->id;
  entries_.push_back(std::move(e));
  return id;
}

void supervisor::ended(const service_end& end, const service_plan& plan) {
  if (!plan.by_host) return;
  const std::lock_guard lock{mutex_};
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& e) { return e->id == end.id; });
  if (found == entries_.end()) return;
  entry& e = **found;
  e.last_end = end.why;
  e.id = 0;
  if (closed_ || !wants_restart(e.owner->config()->quota_for(e.name).restart, end.why.reason)) {
    entries_.erase(found);
    return;
  }
  plan_restart(e, end);
  wake_.notify_one();
}

void supervisor::plan_restart(entry& e, const service_end& end) {
  const auto config = e.owner->config();
  const policies::service_quota& quota = config->quota_for(e.name);
  const std::uint64_t now_ns = bus_.parts().time.now_ns();
  const auto window_ns = static_cast<std::uint64_t>(quota.restart_window.count());
  while (!e.recent_ns.empty() && now_ns - e.recent_ns.front() > window_ns) e.recent_ns.pop_front();
  e.recent_ns.push_back(now_ns);
  if (e.recent_ns.size() > quota.max_restarts) {
    e.state = service_state::quarantined;
    bus_.parts().log.push_host(
        log_level::warning,
        fmt::format("quarantined tenant={} service={} after {} ends within {:.0f}s, the last: {}; "
                    "a reload starts it again",
                    end.tenant, e.name, e.recent_ns.size(), static_cast<double>(window_ns) / 1e9,
                    describe(end.why)));
    return;
  }
  auto backoff_ns = static_cast<std::uint64_t>(quota.restart_backoff.count());
  for (std::size_t i = 1; i < e.recent_ns.size() && backoff_ns < longest_backoff_ns; ++i)
    backoff_ns *= 2;
  e.state = service_state::backing_off;
  e.restart_at_ns = now_ns + std::min(backoff_ns, longest_backoff_ns);
}

void supervisor::release_quarantine(tenant& owner) {
  const std::lock_guard lock{mutex_};
  for (const auto& e : entries_) {
    if (e->owner != &owner || e->state != service_state::quarantined) continue;
    e->recent_ns.clear();
    e->state = service_state::backing_off;
    e->restart_at_ns = 0;
  }
  wake_.notify_one();
}

void supervisor::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  std::erase_if(entries_, [](const auto& e) { return e->id == 0; });
}

void supervisor::restart_due() {
  const std::uint64_t now_ns = bus_.parts().time.now_ns();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entry& e = *entries_[i];
    if (e.state != service_state::backing_off || e.restart_at_ns > now_ns || closed_) continue;
    service_plan plan;
    plan.owner = e.owner;
    plan.name = e.name;
    plan.arguments = e.arguments;
    plan.by_host = true;
    std::string why;
    e.state = service_state::running;
    ++e.restarts;
    e.id = bus_.create(std::move(plan), why);
    if (e.id != 0) continue;
    // The tenant has no room now: that may change.
    e.state = service_state::backing_off;
    e.restart_at_ns = now_ns + ns_a_second;
    bus_.parts().log.push_host(
        log_level::warning,
        fmt::format("restart failed tenant={} service={}: {}", e.owner->name(), e.name, why));
  }
}

std::vector<service_status> supervisor::waiting() const {
  const std::lock_guard lock{mutex_};
  std::vector<service_status> rows;
  for (const auto& e : entries_) {
    if (e->id != 0) continue;
    service_status row;
    row.tenant = e->owner->name();
    row.name = e->name;
    row.arguments = e->arguments;
    row.state = e->state;
    row.restarts = e->restarts;
    row.last_end = e->last_end;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::uint64_t supervisor::restarts_of(sandbox::handle id) const {
  const std::lock_guard lock{mutex_};
  for (const auto& e : entries_)
    if (e->id == id) return e->restarts;
  return 0;
}

sandbox::verdict supervisor::last_end_of(sandbox::handle id) const {
  const std::lock_guard lock{mutex_};
  for (const auto& e : entries_)
    if (e->id == id) return e->last_end;
  return {};
}

std::size_t supervisor::backing_off() const {
  const std::lock_guard lock{mutex_};
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [](const auto& e) { return e->state == service_state::backing_off; }));
}

void supervisor::run() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    restart_due();
    std::uint64_t next_ns = 0;
    for (const auto& e : entries_)
      if (e->state == service_state::backing_off && (next_ns == 0 || e->restart_at_ns < next_ns))
        next_ns = std::max<std::uint64_t>(e->restart_at_ns, 1);
    if (next_ns == 0) wake_.wait(lock);
    else wake_.wait_until(lock, bus_.parts().time.instant(next_ns));
  }
}

void supervisor::stop() {
  const std::lock_guard lock{mutex_};
  stopping_ = true;
  wake_.notify_one();
}

}  // namespace moonward::host
