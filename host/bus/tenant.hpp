/// A tenant at run time: its limits, its account, its names, and its share of the CPU.
///
/// Made at start or by a reload, lives until the host ends. What a reload replaces (configuration,
/// bundle) is handed out as shared pointers: a service keeps what it started with.
/// Threads: each member says its own.
#pragma once

#include "host/bundle/bundle.hpp"
#include "host/net/tenant_net.hpp"
#include "host/rate_limit.hpp"

#include "sandbox/memory/account.hpp"
#include "sandbox/memory/memory_keys.hpp"
#include "sandbox/message.hpp"
#include "sandbox/verdict.hpp"

#include "policies/config.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace moonward::host {

class service;

/// A tenant's place in the run queue; guarded by the run queue's lock.
struct tenant_lane {
  service* first = nullptr;
  service* last = nullptr;
  bool active = false;
  bool woken = false;  ///< it became active by a message, and nothing of it has run since
  std::uint64_t throttled_since_ns = 0;  ///< 0: not throttled when it was last looked at
};

class tenant {
 public:
  tenant(policies::tenant_config config, std::shared_ptr<const bundle> scripts);
  tenant(const tenant&) = delete;
  tenant& operator=(const tenant&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] sandbox::memory_account& account() noexcept { return account_; }
  [[nodiscard]] tenant_net& net() noexcept { return net_; }

  /// Of its arenas' memory keys; set before its first service.
  [[nodiscard]] unsigned colour() const noexcept { return colour_; }
  void set_colour(unsigned colour) noexcept {
    colour_ = colour;
    memory_key_ = sandbox::memory_keys::key_of(colour);
  }
  [[nodiscard]] int memory_key() const noexcept { return memory_key_; }

  /// @thread any
  [[nodiscard]] std::shared_ptr<const policies::tenant_config> config() const;
  [[nodiscard]] std::shared_ptr<const bundle> scripts() const;
  /// Takes effect at once for what is per tenant, and for services that start from now on.
  void replace_config(policies::tenant_config config);
  void replace_scripts(std::shared_ptr<const bundle> scripts);

  // -- services -----------------------------------------------------------------------------
  /// Takes a place among the tenant's services; false, with the reason, when a quota says no.
  [[nodiscard]] bool admit(std::uint64_t now_ns, bool metered, std::string& why) noexcept;
  void leave() noexcept { services_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t services() const noexcept {
    return services_.load(std::memory_order_relaxed);
  }

  // -- names --------------------------------------------------------------------------------
  [[nodiscard]] sandbox::handle find_name(std::string_view name) const;
  /// First registration wins; true when the name is `id`'s afterwards.
  [[nodiscard]] bool add_name(std::string_view name, sandbox::handle id);
  void drop_names_of(sandbox::handle id);
  [[nodiscard]] bool exports(std::string_view name) const;

  // -- environment --------------------------------------------------------------------------
  [[nodiscard]] const std::string* find_env(std::string_view key) const;
  [[nodiscard]] bool set_env(std::string_view key, std::string_view value);

  // -- monitoring service (skynet.monitor) ---------------------------------------------------
  [[nodiscard]] sandbox::handle watcher() const noexcept {
    return watcher_.load(std::memory_order_relaxed);
  }
  /// The first one keeps the place while it lives.
  void set_watcher(sandbox::handle id) noexcept { watcher_.store(id, std::memory_order_relaxed); }

  // -- CPU ----------------------------------------------------------------------------------
  /// Charges CPU time to the tenant's share and to its bucket. @thread worker
  void charge_cpu(std::uint64_t ns, std::uint64_t now_ns) noexcept;
  /// 0 while the tenant may run, else the instant at which it may again. @thread worker
  [[nodiscard]] std::uint64_t throttled_until(std::uint64_t now_ns) const noexcept;
  /// How long services were ready while the tenant was out of tokens. @thread worker
  void count_throttled(std::uint64_t ns) noexcept {
    throttled_ns_.fetch_add(ns, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t throttled_ns() const noexcept {
    return throttled_ns_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t cpu_ns() const noexcept {
    return cpu_ns_.load(std::memory_order_relaxed);
  }
  /// CPU time divided by weight: who has least runs first.
  [[nodiscard]] std::uint64_t virtual_ns() const noexcept {
    return virtual_ns_.load(std::memory_order_relaxed);
  }
  /// What so much CPU time adds to virtual_ns.
  [[nodiscard]] std::uint64_t weighted(std::uint64_t ns) const noexcept;
  /// A tenant that comes back doesn't bring old credit along.
  void raise_virtual(std::uint64_t floor_ns) noexcept;

  void count_verdict(sandbox::verdict_reason reason) noexcept {
    verdicts_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t verdicts(std::size_t reason) const noexcept {
    return verdicts_[reason].load(std::memory_order_relaxed);
  }
  void count_messages(std::uint64_t n) noexcept {
    messages_.fetch_add(n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t messages() const noexcept {
    return messages_.load(std::memory_order_relaxed);
  }

  tenant_lane lane;

 private:
  void apply(const policies::tenant_quota& quota);

  const std::string name_;
  sandbox::memory_account account_;
  tenant_net net_;
  rate_limit spawn_rate_;
  unsigned colour_ = 0;
  int memory_key_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const policies::tenant_config> config_;
  std::shared_ptr<const bundle> scripts_;
  std::unordered_map<std::string, sandbox::handle> names_;
  std::map<std::string, std::string, std::less<>> env_;

  // Any thread adds or stores, any reads; relaxed: numbers by themselves.
  std::atomic<std::uint64_t> services_{0};
  std::atomic<std::uint64_t> services_cap_{0};
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> cpu_ns_{0};
  std::atomic<std::uint64_t> throttled_ns_{0};
  std::atomic<std::uint64_t> virtual_ns_{0};
  std::atomic<std::uint64_t> bucket_empty_at_ns_{0};  // CPU used up to now, as time on its cores
  std::atomic<double> cores_{1.0};
  std::atomic<double> weight_{100.0};
  std::atomic<sandbox::handle> watcher_{0};
  std::array<std::atomic<std::uint64_t>, sandbox::verdict_reasons> verdicts_{};
};

}  // namespace moonward::host
