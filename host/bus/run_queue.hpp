/// The run queue: which service runs next. Fair between tenants first, then between services.
///
/// Each tenant has a lane, a FIFO of its runnable services. The tenant that has used least CPU time
/// for its weight, and is not out of tokens, is served first; within a lane it goes round. A tenant
/// that comes back after a pause starts level with those that run, without credit.
/// One lock for all workers: with the workers' next slots it is taken once a slice or a wake-up,
/// not once a message. Thread: any pushes; workers pop.
#pragma once

#include "host/bus/service.hpp"
#include "host/spin_mutex.hpp"

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

  /// Why a service is pushed.
  enum class cause : std::uint8_t {
    message,  ///< it was idle
    turn,     ///< it has run and is not done, or a worker passes it on
  };
  /// Appends to the lane of the service's tenant. True when the tenant had nothing to run before
  /// and has something now because of a message.
  bool push(service& s, cause why);

  /// The next service, or null: then `wait_until_ns` is the instant when a throttled one may run, 0
  /// when nothing waits at all.
  [[nodiscard]] service* pop(std::uint64_t now_ns, std::uint64_t& wait_until_ns);

  /// The virtual time of the tenant that is furthest behind among those who wait because of a
  /// message that came while they were idle; `nobody` when there is none. @thread any
  static constexpr std::uint64_t nobody = ~std::uint64_t{0};
  [[nodiscard]] std::uint64_t woken_virtual_ns(std::uint64_t now_ns);

  /// Services waiting, the throttled included. A push is seen by who reads it after (seq_cst).
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_seq_cst); }

 private:
  spin_mutex mutex_;                  // guards the lanes and what follows
  std::vector<tenant*> active_;       // tenants with a non-empty lane
  std::uint64_t floor_ns_ = 0;        // virtual time of the tenant served last; only grows
  std::atomic<std::size_t> size_{0};  // written under the lock, read by any; seq_cst, see parking
};

}  // namespace moonward::host
