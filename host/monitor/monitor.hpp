/// The monitor: watches every worker's lease, and makes turns that outlive their limits yield or
/// die.
///
/// It looks once a millisecond while any worker is awake, and at once when a message wakes a tenant
/// while all workers are busy: if one of them runs a tenant that has had more CPU, it has to give
/// way before its quantum is over. A turn that outlives the quantum is asked to yield; one that
/// outlives `cpu_per_turn`, or reaches no hook within `cpu_per_c_call` after it was asked, is asked
/// to die. Requests are repeated with each look until the turn is over: a signal that comes late
/// hits nobody, since requests name the turn by its generation. What a turn used is read from the
/// worker's CPU clock: a worker the kernel took off its core isn't blamed. A worker that has been
/// stuck for 5 ms gets a stand-in. Thread: `run` is the monitor thread's body; nothing else is
/// shared but what leases say.
#pragma once

#include "host/bus/message_bus.hpp"
#include "host/bus/worker_pool.hpp"

#include <atomic>
#include <cstdint>
#include <pthread.h>
#include <vector>

namespace moonward::host {

class monitor {
 public:
  monitor(message_bus& bus, worker_pool& pool, std::uint64_t quantum_ns) noexcept
      : bus_{bus}, pool_{pool}, quantum_ns_{quantum_ns} {}
  monitor(const monitor&) = delete;
  monitor& operator=(const monitor&) = delete;

  /// @thread monitor
  void run() noexcept;
  /// @thread main
  void stop() noexcept { stopping_.store(true, std::memory_order_release); }

 private:
  // What it remembers of a worker's current turn.
  struct watch {
    std::uint64_t generation = 0;
    std::uint64_t since_ns = 0;      // first seen
    std::uint64_t cpu_ns = 0;        // the thread's CPU clock then
    bool asked = false;              // to yield
    std::uint64_t hooks = 0;         // hooks reached when last looked
    std::uint64_t hooks_cpu_ns = 0;  // CPU clock when they last changed
    std::uint64_t hooks_ns = 0;      // and the time
  };
  void look(worker& w, pthread_t thread, watch& seen, std::uint64_t now_ns) noexcept;
  /// Makes room for a tenant that a message has woken, if it is owed CPU.
  void make_way(std::uint64_t now_ns) noexcept;

  message_bus& bus_;
  worker_pool& pool_;
  const std::uint64_t quantum_ns_;
  std::vector<watch> watches_;  // by worker index
  std::uint64_t last_look_ns_ = 0;
  std::atomic<bool> stopping_{false};  // main sets (release), monitor reads (acquire)
};

}  // namespace moonward::host
