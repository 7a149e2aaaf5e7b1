/// A service at run time: a slot with a mailbox, and the actor that lives in it now.
///
/// Slots are type-stable: they are never freed while the host lives, so a sender may look at one
/// without a lock. The handle names slot and generation; `live` tells which generation it holds.
/// A message that a late sender pushes into the next tenant of a slot is found out by its
/// destination. Between creation and end a slot is owned by whoever has it from the run queue.
/// Threads: each field says its own.
#pragma once

#include "host/bus/mailbox.hpp"
#include "host/bus/tenant.hpp"
#include "host/host.hpp"
#include "host/log/log_queue.hpp"

#include "sandbox/vm/actor.hpp"

#include "policies/quota.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace moonward::host {

class service_port;

/// What a service is started with.
struct service_plan {
  tenant* owner = nullptr;
  std::string name;
  std::string arguments;
  std::string code;             ///< compiled main function, or empty
  sandbox::handle spawner = 0;  ///< who waits for its start, with which session
  std::int32_t spawner_session = 0;
  bool by_host = false;  ///< in a tenant's `start`: supervised
  bool system = false;   ///< built-in
};

/// All that exists only while a service lives.
struct service_life {
  service_plan plan;
  policies::service_quota quota;  ///< effective; replaced by `ctl quota` on the worker
  std::shared_ptr<const bundle> scripts;
  std::shared_ptr<const policies::tenant_config> config;
  log_source log;
  std::unique_ptr<service_port> port;
  std::unique_ptr<sandbox::actor> actor;
  std::uint64_t turn_cpu_ns = 0;  ///< of the turn that was pre-empted
  bool started = false;
};

class service {
 public:
  service() = default;
  service(const service&) = delete;
  service& operator=(const service&) = delete;
  ~service();

  /// The handle of the service that lives here, 0 for none. Written by who creates or ends it
  /// (release), read by senders (acquire).
  std::atomic<sandbox::handle> live{0};
  /// Whose it is. Written before `live` (relaxed), read by senders after it.
  std::atomic<tenant*> owner{nullptr};
  /// Limits, for senders and for show; written by who creates it or changes quotas; relaxed.
  std::atomic<std::uint64_t> mailbox_messages{0};
  std::atomic<std::uint64_t> mailbox_bytes{0};
  std::atomic<std::uint64_t> memory_cap_bytes{0};
  mailbox box;

  /// Guarded by the run queue's lock.
  service* next_in_queue = nullptr;

  /// The owner alone; others only under the table's lock while `live` is not 0.
  std::unique_ptr<service_life> life;

  /// A verdict somebody ordered (a verdict_reason, 0: none). Any thread stores once, the owner and
  /// the monitor read; relaxed: a scheduling push follows.
  std::atomic<std::uint8_t> ordered_end{0};
  /// Quotas were changed: the owner takes over `life->quota` from the pending one. Table's lock.
  std::unique_ptr<policies::service_quota> pending_quota;
  std::atomic<bool> has_pending_quota{false};

  /// Statistics: the owner writes, any reads; relaxed.
  std::atomic<std::uint64_t> cpu_ns{0};
  std::atomic<std::uint64_t> messages{0};
  std::atomic<std::uint64_t> footprint_bytes{0};
  std::atomic<std::uint64_t> coroutines{0};
  std::atomic<bool> has_started{false};

  std::uint32_t generation = 0;  ///< table's lock
  std::uint32_t index = 0;       ///< fixed
};

}  // namespace moonward::host
