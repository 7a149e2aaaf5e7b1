/// The run queue: which service runs next. Fair between tenants first, then between services.
///
/// Each tenant has a lane, a FIFO of its runnable services. The tenant that has used least CPU time
/// for its weight, and is not out of tokens, is served first; within a lane it goes round. A tenant
/// that comes back after a pause starts level with those that run, without credit.
/// One lock for all workers: with the workers' next slots it is taken once a slice or a wake-up,
/// not once a message. Thread: any pushes; workers pop.
#pragma once

#include "host/bus/service.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace moonward::host {

class run_queue {
 public:
  run_queue() = default;
  run_queue(const run_queue&) = delete;
  run_queue& operator=(const run_queue&) = delete;

  /// Appends to the lane of the service's tenant.
  void push(service& s);

  /// The next service, or null: then `wait_until_ns` is the instant when a throttled one may run, 0
  /// when nothing waits at all.
  [[nodiscard]] service* pop(std::uint64_t now_ns, std::uint64_t& wait_until_ns);

  /// Services waiting, the throttled included. A push is seen by who reads it after (seq_cst).
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_seq_cst); }

 private:
  std::mutex mutex_;                  // guards the lanes and what follows
  std::vector<tenant*> active_;       // tenants with a non-empty lane
  std::uint64_t floor_ns_ = 0;        // virtual time of the tenant served last; only grows
  std::atomic<std::size_t> size_{0};  // written under the lock, read by any; seq_cst, see parking
};

}  // namespace moonward::host
