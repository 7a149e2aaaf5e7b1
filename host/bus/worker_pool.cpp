#include "host/bus/worker_pool.hpp"

#include <algorithm>
#include <ctime>
#include <linux/futex.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace moonward::host {

namespace {

constexpr unsigned spare_stand_ins = 8;

// About what sleeping and being woken costs.
constexpr std::uint64_t longest_watch_ns = 20'000;
constexpr int looks_between_clock_reads = 16;

// std::atomic::wait has no deadline.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::uint64_t for_ns) noexcept {
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(for_ns / ns_a_second);
  limit.tv_nsec = static_cast<long>(for_ns % ns_a_second);
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, for_ns != 0 ? &limit : nullptr, nullptr,
            0);
}

void futex_wake(std::atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace

worker_pool::worker_pool(message_bus& bus, unsigned count, std::uint64_t quantum_ns,
                         thread_setup setup)
    : bus_{bus},
      count_{count},
      most_{2 * count + spare_stand_ins},
      quantum_ns_{quantum_ns},
      setup_{std::move(setup)} {
  workers_.reserve(most_);
  threads_.reserve(most_);
  idle_.reserve(most_);
}

worker_pool::~worker_pool() { stop(); }

policies::result<unsigned> worker_pool::start() {
  const std::lock_guard lock{mutex_};
  for (unsigned i = 0; i < count_; ++i)
    if (!launch()) return policies::failure{"cannot start a worker thread"};
  return count_;
}

bool worker_pool::launch() {
  const auto index = static_cast<unsigned>(workers_.size());
  if (index >= most_ || stopping()) return false;
  auto w = std::make_unique<worker>(bus_, *this, index, quantum_ns_);
  worker* body = w.get();
  awake_.fetch_add(1, std::memory_order_seq_cst);
  auto started = launch_thread(
      thread_role::worker, "worker-" + std::to_string(index), [body] { body->run(); }, setup_);
  if (!started) {
    awake_.fetch_sub(1, std::memory_order_seq_cst);
    return false;
  }
  workers_.push_back(std::move(w));
  threads_.push_back(std::move(*started));
  return true;
}

void worker_pool::stop() noexcept {
  std::size_t count = 0;
  {
    const std::lock_guard lock{mutex_};
    stopping_.store(true, std::memory_order_release);
    for (const auto& w : workers_) wake(*w);
    count = threads_.size();
  }
  release_monitor();
  // In place: the monitor goes on interrupting what still runs. It leaves a worker that has ended
  // alone, since no turn runs there.
  for (std::size_t i = 0; i < count; ++i) threads_[i].join();
}

// -- parking ----------------------------------------------------------------------------------

bool worker_pool::may_run(const worker& w) noexcept {
  (void)w;
  return awake_.load(std::memory_order_relaxed) <= count_ + stuck_.load(std::memory_order_relaxed);
}

// Like the park, a race of two: the watcher says so, then looks; the pusher pushes, then asks
// whether somebody watches. A watcher that gives up says so first and then looks at the queue once
// more.
bool worker_pool::watch_queue(worker& w) noexcept {
  if (w.last_pause_ns > longest_watch_ns) return false;
  const std::uint64_t began_ns = bus_.parts().time.now_ns();
  watching_.fetch_add(1, std::memory_order_seq_cst);
  bool found = false;
  do {
    for (int i = 0; i < looks_between_clock_reads && !found; ++i) {
      relax_cpu();
      found = bus_.ready().size() != 0;
    }
  } while (!found && !stopping() && bus_.parts().time.now_ns() - began_ns < longest_watch_ns);
  watching_.fetch_sub(1, std::memory_order_seq_cst);
  // Those who pushed meanwhile have woken nobody: there may be work for two.
  if (bus_.ready().size() > 1) (void)wake_one();
  return found || bus_.ready().size() != 0;
}

void worker_pool::park(worker& w, std::uint64_t until_ns) noexcept {
  if (may_run(w) && until_ns == 0 && watch_queue(w)) return;
  const std::uint64_t began_ns = bus_.parts().time.now_ns();
  sleep(w, until_ns);
  w.last_pause_ns = bus_.parts().time.now_ns() - began_ns;
}

void worker_pool::sleep(worker& w, std::uint64_t until_ns) noexcept {
  bool surplus = false;
  {
    const std::lock_guard lock{mutex_};
    w.woken.store(0, std::memory_order_relaxed);
    w.parked = true;
    idle_.push_back(&w);
    idle_count_.fetch_add(1, std::memory_order_seq_cst);
    awake_.fetch_sub(1, std::memory_order_seq_cst);
    // Judged anew, under the lock: several may have found themselves too many at once, and the last
    // of them to come here must look at the queue.
    surplus = awake() >= count_ + stuck_.load(std::memory_order_relaxed);
  }
  if (!stopping() && (surplus || bus_.ready().size() == 0 || until_ns != 0)) {
    std::uint64_t for_ns = 0;
    if (until_ns != 0) {
      const std::uint64_t now = bus_.parts().time.now_ns();
      for_ns = until_ns > now ? until_ns - now : 1;
    }
    if (w.woken.load(std::memory_order_acquire) == 0) futex_wait(w.woken, 0, for_ns);
  }
  const std::lock_guard lock{mutex_};
  if (!w.parked) return;  // taken off the list by who woke it
  w.parked = false;
  std::erase(idle_, &w);
  idle_count_.fetch_sub(1, std::memory_order_seq_cst);
  awake_.fetch_add(1, std::memory_order_seq_cst);
  wakeups_.fetch_add(1, std::memory_order_seq_cst);
  // Nobody woke it, so nobody has rung for the monitor either.
  if (monitor_sleeps_.load(std::memory_order_seq_cst)) release_monitor();
}

void worker_pool::wake(worker& w) noexcept {
  w.woken.store(1, std::memory_order_release);
  futex_wake(w.woken);
}

bool worker_pool::wake_idle() noexcept {
  worker* w = nullptr;
  {
    const std::lock_guard lock{mutex_};
    if (idle_.empty() ||
        awake_.load(std::memory_order_relaxed) >= count_ + stuck_.load(std::memory_order_relaxed))
      return false;
    w = idle_.back();
    idle_.pop_back();
    w->parked = false;
    idle_count_.fetch_sub(1, std::memory_order_seq_cst);
    awake_.fetch_add(1, std::memory_order_seq_cst);
    wakeups_.fetch_add(1, std::memory_order_seq_cst);
  }
  wake(*w);
  if (monitor_sleeps_.load(std::memory_order_seq_cst)) release_monitor();
  return true;
}

bool worker_pool::wake_one() noexcept {
  if (watching_.load(std::memory_order_seq_cst) != 0) return true;
  return idle_count_.load(std::memory_order_seq_cst) != 0 && wake_idle();
}

void worker_pool::hurry_monitor() noexcept {
  if (!monitor_hurried_.exchange(true, std::memory_order_acq_rel)) release_monitor();
}

bool worker_pool::offer_next(service& s) noexcept {
  worker* w = worker::current();
  return w != nullptr && w->offer(s);
}

// -- stand-ins --------------------------------------------------------------------------------

void worker_pool::call_stand_in(worker& w) noexcept {
  w.stuck.store(true, std::memory_order_relaxed);
  stuck_.fetch_add(1, std::memory_order_relaxed);
  if (service* waiting = w.take_next()) (void)bus_.ready().push(*waiting, run_queue::cause::turn);
  if (wake_idle()) return;
  const std::lock_guard lock{mutex_};
  (void)launch();
}

void worker_pool::unstuck(worker& w) noexcept {
  if (w.stuck.exchange(false, std::memory_order_relaxed))
    stuck_.fetch_sub(1, std::memory_order_relaxed);
}

// -- monitor and observers --------------------------------------------------------------------

void worker_pool::wait_until_awake() noexcept {
  const std::uint32_t before = monitor_bell_.load(std::memory_order_acquire);
  monitor_sleeps_.store(true, std::memory_order_seq_cst);
  if (awake() == 0 && !stopping()) futex_wait(monitor_bell_, before, 0);
  monitor_sleeps_.store(false, std::memory_order_seq_cst);
}

bool worker_pool::nap(std::uint64_t ns) noexcept {
  const std::uint32_t before = monitor_bell_.load(std::memory_order_acquire);
  if (!monitor_hurried_.load(std::memory_order_acquire)) futex_wait(monitor_bell_, before, ns);
  return monitor_hurried_.exchange(false, std::memory_order_acq_rel);
}

void worker_pool::release_monitor() noexcept {
  monitor_bell_.fetch_add(1, std::memory_order_acq_rel);
  futex_wake(monitor_bell_);
}

bool worker_pool::all_idle(std::uint64_t& epoch) const noexcept {
  epoch = wakeups_.load(std::memory_order_seq_cst);
  return awake() == 0 && bus_.ready().size() == 0;
}

std::uint64_t worker_pool::preemptions() const noexcept {
  const std::lock_guard lock{mutex_};
  std::uint64_t sum = 0;
  for (const auto& w : workers_) sum += w->preemptions.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace moonward::host
