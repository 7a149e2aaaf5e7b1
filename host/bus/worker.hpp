/// A worker: a thread that runs services, one slice at a time.
///
/// It takes the service that was offered as next (the one its last service waits for), else the
/// head of the run queue. A slice hands the actor messages until its mailbox is empty, the quantum
/// is over, or the monitor interrupts it.
/// Threads: `run` is the worker thread's body. The monitor reads `lease`, `busy` and `next`; each
/// field says how.
#pragma once

#include "host/bus/message_bus.hpp"
#include "host/time/tick_clock.hpp"

#include "sandbox/codec/encode_buffer.hpp"
#include "sandbox/memory/account_credit.hpp"
#include "sandbox/vm/execution.hpp"
#include "sandbox/vm/lease.hpp"

#include <atomic>
#include <cstdint>

namespace moonward::host {

class worker_pool;

class worker {
 public:
  worker(message_bus& bus, worker_pool& pool, unsigned index, std::uint64_t quantum_ns) noexcept
      : bus_{bus}, pool_{pool}, index_{index}, quantum_ns_{quantum_ns}, time_{bus.parts().time} {}
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// @thread worker
  void run() noexcept;

  [[nodiscard]] unsigned index() const noexcept { return index_; }
  /// The worker whose thread calls; null elsewhere.
  [[nodiscard]] static worker* current() noexcept;

  /// @thread worker: true when the place was free.
  [[nodiscard]] bool offer(service& s) noexcept;
  /// Takes what was offered, so that others can run it. @thread worker, monitor
  [[nodiscard]] service* take_next() noexcept {
    return next_.exchange(nullptr, std::memory_order_acq_rel);
  }
  [[nodiscard]] bool has_next() const noexcept {
    return next_.load(std::memory_order_relaxed) != nullptr;
  }

  sandbox::slice_lease lease;

  // -- parking; see worker_pool -------------------------------------------------------------
  std::atomic<std::uint32_t> woken{0};  // 1: leave the park. Any sets (release), worker clears
  bool parked = false;                  // guarded by the pool's lock
  std::uint64_t last_pause_ns = 0;      // how long it had nothing to do; the worker's own
  // Counted by the monitor as stuck in a C call; it sets, the worker takes. Relaxed.
  std::atomic<bool> stuck{false};
  // Somebody is owed CPU: leave off after the current message. Monitor sets, worker clears;
  // relaxed.
  std::atomic<bool> give_way{false};
  std::atomic<std::uint64_t> preemptions{0};  // the worker adds, any reads; relaxed

 private:
  struct slice;
  void run_slice(service& s) noexcept;
  static void slice_body(void* argument);
  void take_pending_quota(service& s) noexcept;
  /// Takes down what a slice has used; the tenant is billed in batches, see `settle_bill`.
  void bill(tenant& t, std::uint64_t ns, std::uint64_t messages) noexcept;
  /// Bills what is due, so that who decides by it sees it all.
  void settle_bill() noexcept;

  message_bus& bus_;
  worker_pool& pool_;
  const unsigned index_;
  const std::uint64_t quantum_ns_;
  sandbox::execution execution_{lease};
  sandbox::encode_buffer buffer_;
  sandbox::worker_context context_{execution_, buffer_};
  std::atomic<service*> next_{nullptr};  // the worker offers, worker and monitor take; acq_rel
  sandbox::account_credit credit_;
  tenant* billed_ = nullptr;  // whom the two numbers below are due from
  std::uint64_t due_ns_ = 0;
  std::uint64_t due_messages_ = 0;
  sandbox::message* unread_ = nullptr;  // taken from a mailbox whose service must end
  tick_clock time_;
  std::uint64_t now_ns_ = 0;          // at the last slice border
  std::uint64_t chain_began_ns_ = 0;  // when the run of next slots began
};

}  // namespace moonward::host
