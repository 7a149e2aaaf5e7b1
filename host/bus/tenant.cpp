#include "host/bus/tenant.hpp"

#include "host/time/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace moonward::host {

namespace {

// A tenant may be ahead of its cores' time by this much before it waits.
constexpr std::uint64_t burst_ns = 20 * ns_a_ms;
constexpr double standard_weight = 100.0;

std::shared_ptr<const policies::tenant_quota> quota_of(
    const std::shared_ptr<const policies::tenant_config>& config) {
  return {config, &config->quota};
}

}  // namespace

tenant::tenant(policies::tenant_config config, std::shared_ptr<const bundle> scripts)
    : name_{config.name},
      account_{config.quota.memory_bytes},
      net_{config.name, account_, std::make_shared<const policies::tenant_quota>(config.quota)},
      scripts_{std::move(scripts)} {
  replace_config(std::move(config));
}

std::shared_ptr<const policies::tenant_config> tenant::config() const {
  const std::lock_guard lock{mutex_};
  return config_;
}

std::shared_ptr<const bundle> tenant::scripts() const {
  const std::lock_guard lock{mutex_};
  return scripts_;
}

void tenant::replace_config(policies::tenant_config config) {
  auto shared = std::make_shared<const policies::tenant_config>(std::move(config));
  apply(shared->quota);
  net_.set_quota(quota_of(shared));
  const std::lock_guard lock{mutex_};
  config_ = std::move(shared);
}

void tenant::replace_scripts(std::shared_ptr<const bundle> scripts) {
  const std::lock_guard lock{mutex_};
  scripts_ = std::move(scripts);
}

void tenant::apply(const policies::tenant_quota& quota) {
  account_.set_cap(quota.memory_bytes);
  spawn_rate_.set_rate(quota.spawn_rate_per_second);
  services_cap_.store(quota.services, std::memory_order_relaxed);
  cores_.store(quota.cpu_cores, std::memory_order_relaxed);
  weight_.store(static_cast<double>(quota.weight), std::memory_order_relaxed);
}

bool tenant::admit(std::uint64_t now_ns, bool metered, std::string& why) noexcept {
  const std::uint64_t cap = services_cap_.load(std::memory_order_relaxed);
  if (services_.fetch_add(1, std::memory_order_relaxed) >= cap) {
    leave();
    why = fmt::format("tenant \"{}\" has {} services already (quota services)", name_, cap);
    return false;
  }
  if (metered && !spawn_rate_.take(now_ns)) {
    leave();
    why = fmt::format("tenant \"{}\" starts services too fast (quota spawn_rate)", name_);
    return false;
  }
  return true;
}

sandbox::handle tenant::find_name(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  const auto found = names_.find(std::string{name});
  return found == names_.end() ? 0 : found->second;
}

bool tenant::add_name(std::string_view name, sandbox::handle id) {
  const std::lock_guard lock{mutex_};
  return names_.try_emplace(std::string{name}, id).first->second == id;
}

void tenant::drop_names_of(sandbox::handle id) {
  const std::lock_guard lock{mutex_};
  std::erase_if(names_, [id](const auto& entry) { return entry.second == id; });
}

bool tenant::exports(std::string_view name) const {
  const auto current = config();
  return std::find(current->exports.begin(), current->exports.end(), name) !=
         current->exports.end();
}

const std::string* tenant::find_env(std::string_view key) const {
  const std::lock_guard lock{mutex_};
  const auto found = env_.find(key);
  return found == env_.end() ? nullptr : &found->second;
}

bool tenant::set_env(std::string_view key, std::string_view value) {
  const std::lock_guard lock{mutex_};
  if (env_.contains(key) || !account_.charge(key.size() + value.size())) return false;
  return env_.try_emplace(std::string{key}, value).second;
}

void tenant::charge_cpu(std::uint64_t ns, std::uint64_t now_ns) noexcept {
  cpu_ns_.fetch_add(ns, std::memory_order_relaxed);
  virtual_ns_.fetch_add(weighted(ns), std::memory_order_relaxed);
  const auto cost =
      static_cast<std::uint64_t>(static_cast<double>(ns) / cores_.load(std::memory_order_relaxed));
  std::uint64_t before = bucket_empty_at_ns_.load(std::memory_order_relaxed);
  const std::uint64_t begun = now_ns > ns ? now_ns - ns : 0;
  while (!bucket_empty_at_ns_.compare_exchange_weak(before, std::max(before, begun) + cost,
                                                    std::memory_order_relaxed)) {
  }
}

std::uint64_t tenant::weighted(std::uint64_t ns) const noexcept {
  const double weight = weight_.load(std::memory_order_relaxed);
  return static_cast<std::uint64_t>(static_cast<double>(ns) * standard_weight / weight);
}

std::uint64_t tenant::throttled_until(std::uint64_t now_ns) const noexcept {
  const std::uint64_t empty_at = bucket_empty_at_ns_.load(std::memory_order_relaxed);
  return empty_at > now_ns + burst_ns ? empty_at - burst_ns : 0;
}

void tenant::raise_virtual(std::uint64_t floor_ns) noexcept {
  std::uint64_t before = virtual_ns_.load(std::memory_order_relaxed);
  while (before < floor_ns &&
         !virtual_ns_.compare_exchange_weak(before, floor_ns, std::memory_order_relaxed)) {
  }
}

}  // namespace moonward::host
