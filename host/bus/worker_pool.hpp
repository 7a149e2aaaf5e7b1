/// The workers: launching, parking, waking, and stand-ins.
///
/// As many workers run as the host is configured for; while one is stuck in a library function a
/// stand-in takes its place, so that the others' services don't wait. When the stuck one is back,
/// one worker too many parks. An idle worker sleeps on a futex until a service becomes runnable.
/// Threads: each function says its own; the parking protocol is described at `park`.
#pragma once

#include "host/bus/worker.hpp"
#include "host/thread_role.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace moonward::host {

class worker_pool final : public worker_waker {
 public:
  /// `count` workers, and at most as many stand-ins again plus a few.
  worker_pool(message_bus& bus, unsigned count, std::uint64_t quantum_ns, thread_setup setup);
  ~worker_pool() override;
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// @thread main
  [[nodiscard]] policies::result<unsigned> start();
  /// Workers end after their current slice. @thread main
  void stop() noexcept;

  // -- waking -------------------------------------------------------------------------------
  bool wake_one() noexcept override;
  void hurry_monitor() noexcept override;
  [[nodiscard]] bool offer_next(service& s) noexcept override;

  // -- the worker's side --------------------------------------------------------------------
  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }
  /// False when one worker too many runs: this one should park.
  [[nodiscard]] bool may_run(const worker& w) noexcept;
  /// Sleeps until woken or until the instant (0: no limit). A worker first says that it is idle,
  /// then looks at the queue once more; a pusher first pushes, then looks for idle workers: in the
  /// one order of sequentially consistent operations, at least one of the two sees the other.
  /// Before it sleeps it may look on for a while, since going to sleep and being woken takes longer
  /// than many a pause: while one does so, pushers wake nobody; see `watch_queue`.
  void park(worker& w, std::uint64_t until_ns) noexcept;
  /// A stuck worker's slice is over.
  void unstuck(worker& w) noexcept;

  // -- the monitor's side -------------------------------------------------------------------
  /// Calls f(worker&, pthread_t) for each that was launched.
  template <typename Function>
  void for_each(Function f) {
    std::size_t count = 0;
    {
      const std::lock_guard lock{mutex_};
      count = threads_.size();
    }
    // Both have room for all from the start, and nothing is removed while the monitor runs.
    for (std::size_t i = 0; i < count; ++i) f(*workers_[i], threads_[i].native_handle());
  }
  /// Counts the worker as stuck, and lets a stand-in run. @thread monitor
  void call_stand_in(worker& w) noexcept;
  /// Workers that aren't parked.
  [[nodiscard]] unsigned awake() const noexcept { return awake_.load(std::memory_order_seq_cst); }
  /// Blocks while all workers are parked. @thread monitor
  void wait_until_awake() noexcept;
  /// Sleeps for so long, or until somebody hurries it; true when that was so. @thread monitor
  [[nodiscard]] bool nap(std::uint64_t ns) noexcept;
  void release_monitor() noexcept;

  /// True when every worker sleeps and nothing is queued; `epoch` changes with each wake-up.
  [[nodiscard]] bool all_idle(std::uint64_t& epoch) const noexcept;
  [[nodiscard]] unsigned configured() const noexcept { return count_; }
  [[nodiscard]] unsigned stand_ins() const noexcept {
    return stuck_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t preemptions() const noexcept;

 private:
  [[nodiscard]] bool launch();  // mutex_ is held
  /// Looks at the queue until a service is there (true) or a short time is over. Only when the
  /// worker's last pause was short: a host with little to do shouldn't burn its cores.
  [[nodiscard]] bool watch_queue(worker& w) noexcept;
  void sleep(worker& w, std::uint64_t until_ns) noexcept;
  void wake(worker& w) noexcept;
  bool wake_idle() noexcept;

  message_bus& bus_;
  const unsigned count_;
  const unsigned most_;
  const std::uint64_t quantum_ns_;
  const thread_setup setup_;

  mutable std::mutex mutex_;  // guards what follows, and worker::parked
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<thread> threads_;
  std::vector<worker*> idle_;

  std::atomic<unsigned> idle_count_{0};         // size of idle_; written under the lock; seq_cst
  std::atomic<unsigned> watching_{0};           // workers in watch_queue; seq_cst
  std::atomic<unsigned> awake_{0};              // workers that run; seq_cst
  std::atomic<unsigned> stuck_{0};              // monitor adds, workers subtract; relaxed
  std::atomic<std::uint64_t> wakeups_{0};       // any adds; seq_cst
  std::atomic<std::uint32_t> monitor_bell_{0};  // any rings, monitor waits; acq_rel
  std::atomic<bool> monitor_sleeps_{false};     // monitor writes, wakers read; seq_cst
  std::atomic<bool> monitor_hurried_{false};    // any sets, monitor clears; acq_rel
  std::atomic<bool> stopping_{false};           // main sets (release), workers read (acquire)
};

}  // namespace moonward::host
