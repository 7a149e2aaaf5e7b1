/// The message bus: delivers messages, makes services, and ends them with everything they leave.
///
/// Nothing is lost silently: a message to a service that has ended, or that ends with it unread, is
/// answered with an error when it asked for an answer; so is every request the service had begun,
/// and whoever owes it an answer is told to forget it.
/// Threads: any for push, send, create and order_end; `finish` is for the worker that owns the
/// service.
#pragma once

#include "host/bus/message_sink.hpp"
#include "host/bus/run_queue.hpp"
#include "host/bus/service_table.hpp"
#include "host/log/log_queue.hpp"
#include "host/memory/chunk_pools.hpp"
#include "host/net/network.hpp"
#include "host/time/timer_service.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

/// Wakes an idle worker; implemented by the worker pool.
class worker_waker {
 public:
  virtual ~worker_waker() = default;
  /// False when none is idle.
  virtual bool wake_one() noexcept = 0;
  /// Has the monitor look at once: a tenant wants to run whom a busy worker may have to give way
  /// to.
  virtual void hurry_monitor() noexcept = 0;
  /// Offers the service to run next on the calling thread; false when it is no worker or its place
  /// is taken.
  [[nodiscard]] virtual bool offer_next(service& s) noexcept = 0;
};

/// What the bus needs of the host. The references outlive it.
struct bus_parts {
  const monotonic_clock& time;
  log_queue& log;
  chunk_pools& chunks;
  const bundle& modules;   ///< built-in Lua modules
  const bundle& services;  ///< built-in services
};

class message_bus final : public message_sink {
 public:
  explicit message_bus(const bus_parts& parts) noexcept : parts_{parts} {}
  message_bus(const message_bus&) = delete;
  message_bus& operator=(const message_bus&) = delete;
  ~message_bus() override;

  /// Before the first service: what is made after the bus and needs it.
  void connect(worker_waker& workers, timer_service& timers, network& net) noexcept;
  /// Told of each end, on the worker, after the service is gone from the table.
  void on_end(std::function<void(const service_end&, const service_plan&)> f) {
    on_end_ = std::move(f);
  }
  /// The end of what the operator started is told by somebody else: not logged here.
  void be_quiet_about_main() noexcept { quiet_about_main_ = true; }
  /// Tenants by name, for imports; fixed but for reloads, which add. @thread any
  void add_tenant(tenant& t);
  [[nodiscard]] tenant* find_tenant(std::string_view name) const;
  [[nodiscard]] std::vector<tenant*> tenants() const;

  // -- messages -----------------------------------------------------------------------------
  /// From threads without a service: always has room. @thread any
  [[nodiscard]] bool push(sandbox::message* m) noexcept override;
  /// From a service of `sender`. @thread worker
  [[nodiscard]] sandbox::send_result send(tenant& sender, sandbox::message* m) noexcept;
  /// Puts a service that was unblocked where it will run: next on this worker when the sender is
  /// about to wait for it, else into the run queue.
  void schedule(service& s, bool soon) noexcept;
  /// Puts a service that is not done back into the run queue.
  void reschedule(service& s) noexcept;
  /// An error to `to`'s session, from the host. @thread any
  void send_error(sandbox::handle to, std::int32_t session, sandbox::handle from,
                  std::string_view text) noexcept;
  /// The answer to a session, from the host. @thread any
  void send_answer(sandbox::handle to, std::int32_t session, sandbox::handle from,
                   std::string_view packed) noexcept;
  /// True when a service of `from` may address this handle.
  [[nodiscard]] bool reachable(const tenant& from, sandbox::handle id) const noexcept;
  /// The handle behind a name as a service of `from` sees it; starts built-in services.
  [[nodiscard]] sandbox::handle find_name(tenant& from, std::string_view name) noexcept;

  // -- services -----------------------------------------------------------------------------
  /// Makes a service and schedules its start; 0 with the reason when it can't be.
  [[nodiscard]] sandbox::handle create(service_plan plan, std::string& why) noexcept;
  /// Orders a service to end with the verdict; false when it is gone. @thread any
  bool order_end(sandbox::handle id, sandbox::verdict_reason reason) noexcept;
  /// Orders the end of all services of a tenant (null: of everybody).
  void order_end_of(const tenant* whose, sandbox::verdict_reason reason) noexcept;
  /// The service has told that it runs.
  void started(service& s) noexcept;
  /// Ends a service and everything it leaves; `unread` is a message it didn't get to. @thread
  /// worker
  void finish(service& s, const sandbox::verdict& why, sandbox::message* unread = nullptr) noexcept;

  [[nodiscard]] service_table& table() noexcept { return table_; }
  [[nodiscard]] const service_table& table() const noexcept { return table_; }
  [[nodiscard]] run_queue& ready() noexcept { return ready_; }
  [[nodiscard]] const bus_parts& parts() const noexcept { return parts_; }
  [[nodiscard]] timer_service& timers() noexcept { return *timers_; }
  [[nodiscard]] network& net() noexcept { return *network_; }
  [[nodiscard]] std::uint64_t ends(std::size_t reason) const noexcept {
    return ends_[reason].load(std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] sandbox::send_result deliver(service& s, sandbox::message* m,
                                             bool may_refuse) noexcept;
  void bounce(sandbox::message* m, sandbox::handle from, std::string_view why) noexcept;
  void log_end(service& s, sandbox::handle id, const sandbox::verdict& why) noexcept;

  const bus_parts parts_;
  service_table table_;
  run_queue ready_;
  worker_waker* workers_ = nullptr;
  timer_service* timers_ = nullptr;
  network* network_ = nullptr;
  bool quiet_about_main_ = false;  // set before the first service
  std::function<void(const service_end&, const service_plan&)> on_end_;

  mutable std::mutex tenants_mutex_;  // guards tenants_
  std::vector<tenant*> tenants_;
  std::array<std::atomic<std::uint64_t>, verdict_reasons> ends_{};  // workers add, any reads
};

}  // namespace moonward::host
