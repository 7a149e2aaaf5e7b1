#include "host/monitor/monitor.hpp"

#include "sandbox/vm/execution.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>

namespace moonward::host {

using sandbox::request_kind;
using sandbox::verdict_reason;

namespace {

constexpr std::uint64_t look_every_ns = ns_a_ms;
constexpr std::uint64_t stuck_after_ns = 5 * ns_a_ms;
// Between two looks, however often somebody is woken.
constexpr std::uint64_t shortest_pause_ns = 100'000;
// A tenant gives way to one that has had less CPU by this much.
constexpr std::uint64_t slack_ns = 100'000;

std::uint64_t thread_cpu_ns(pthread_t thread) noexcept {
  clockid_t clock{};
  timespec t{};
  if (::pthread_getcpuclockid(thread, &clock) != 0 || ::clock_gettime(clock, &t) != 0) return 0;
  return static_cast<std::uint64_t>(t.tv_sec) * ns_a_second + static_cast<std::uint64_t>(t.tv_nsec);
}

void ask(worker& w, pthread_t thread, std::uint64_t generation, request_kind kind,
         verdict_reason reason = verdict_reason::none, std::uint64_t limit = 0,
         std::uint64_t measured = 0) noexcept {
  w.lease.kill_limit.store(limit, std::memory_order_relaxed);
  w.lease.kill_measured.store(measured, std::memory_order_relaxed);
  w.lease.ask({generation, kind, reason});
  ::pthread_kill(thread, sandbox::interrupt_signal());
}

}  // namespace

void monitor::run() noexcept {
  while (!stopping_.load(std::memory_order_acquire)) {
    if (pool_.awake() == 0) {
      pool_.wait_until_awake();
      continue;
    }
    const bool hurried = pool_.nap(look_every_ns);
    std::uint64_t now_ns = bus_.parts().time.now_ns();
    if (hurried && now_ns - last_look_ns_ < shortest_pause_ns) {
      const timespec pause{0, static_cast<long>(shortest_pause_ns)};
      ::nanosleep(&pause, nullptr);
      now_ns = bus_.parts().time.now_ns();
    }
    pool_.for_each([&](worker& w, pthread_t thread) {
      if (w.index() >= watches_.size()) watches_.resize(w.index() + 1);
      look(w, thread, watches_[w.index()], now_ns);
    });
    make_way(now_ns);
    last_look_ns_ = now_ns;
  }
}

void monitor::make_way(std::uint64_t now_ns) noexcept {
  const std::uint64_t waiting_ns = bus_.ready().woken_virtual_ns(now_ns);
  if (waiting_ns == run_queue::nobody) return;
  worker* most_served = nullptr;
  pthread_t most_served_thread{};
  std::uint64_t most_ns = waiting_ns + slack_ns;
  pool_.for_each([&](worker& w, pthread_t thread) {
    if (w.give_way.load(std::memory_order_relaxed)) return;  // asked already
    if ((w.lease.generation.load(std::memory_order_acquire) & 1U) == 0) return;
    const service* s = bus_.table().find(w.lease.service.load(std::memory_order_relaxed));
    if (s == nullptr) return;
    const tenant& t = *s->owner.load(std::memory_order_relaxed);
    const std::uint64_t began_ns = w.lease.slice_began_ns.load(std::memory_order_relaxed);
    const std::uint64_t used_ns =
        t.virtual_ns() + t.weighted(now_ns > began_ns ? now_ns - began_ns : 0);
    if (used_ns <= most_ns) return;
    most_ns = used_ns;
    most_served = &w;
    most_served_thread = thread;
  });
  if (most_served == nullptr) return;
  most_served->give_way.store(true, std::memory_order_relaxed);
  watch& seen = watches_[most_served->index()];
  if ((seen.generation & 1U) == 0) return;
  ask(*most_served, most_served_thread, seen.generation, request_kind::yield);
  seen.asked = true;
}

void monitor::look(worker& w, pthread_t thread, watch& seen, std::uint64_t now_ns) noexcept {
  const std::uint64_t generation = w.lease.generation.load(std::memory_order_acquire);
  if ((generation & 1U) == 0) {
    seen.generation = generation;
    return;
  }
  const std::uint64_t hooks = w.lease.hooks_reached.load(std::memory_order_relaxed);
  if (generation != seen.generation) {
    const std::uint64_t began_ns = w.lease.slice_began_ns.load(std::memory_order_relaxed);
    const std::uint64_t cpu_ns = thread_cpu_ns(thread);
    const std::uint64_t since_ns = std::min(std::max(began_ns, last_look_ns_), now_ns);
    // The last two: make_way may ask before the next look, which then measures from here.
    seen = {generation, since_ns, cpu_ns, false, hooks, cpu_ns, now_ns};
    return;
  }
  const sandbox::handle running = w.lease.service.load(std::memory_order_relaxed);
  if (const service* s = bus_.table().find(running)) {
    if (const auto ordered = s->ordered_end.load(std::memory_order_relaxed); ordered != 0) {
      ask(w, thread, generation, request_kind::kill, static_cast<verdict_reason>(ordered));
      return;
    }
  }
  // What it was about to run next shouldn't wait for the end of a long turn.
  if (w.has_next())
    if (service* waiting = w.take_next()) bus_.reschedule(*waiting);
  if (now_ns - seen.since_ns < quantum_ns_) return;

  const std::uint64_t cpu_ns = thread_cpu_ns(thread);
  const std::uint64_t used_ns =
      cpu_ns - seen.cpu_ns + w.lease.cpu_before_ns.load(std::memory_order_relaxed);
  const std::uint64_t turn_limit = w.lease.cpu_per_turn_ns.load(std::memory_order_relaxed);
  if (!seen.asked || hooks != seen.hooks) {
    seen.hooks = hooks;
    seen.hooks_cpu_ns = cpu_ns;
    seen.hooks_ns = now_ns;
  }
  if (used_ns > turn_limit) {
    ask(w, thread, generation, request_kind::kill, verdict_reason::cpu_per_turn, turn_limit,
        used_ns);
  } else if (const std::uint64_t limit = w.lease.cpu_per_c_call_ns.load(std::memory_order_relaxed);
             seen.asked && cpu_ns - seen.hooks_cpu_ns > limit) {
    ask(w, thread, generation, request_kind::kill, verdict_reason::cpu_per_c_call, limit,
        cpu_ns - seen.hooks_cpu_ns);
  } else {
    ask(w, thread, generation, request_kind::yield);
    seen.asked = true;
  }
  if (now_ns - seen.hooks_ns > stuck_after_ns && !w.stuck.load(std::memory_order_relaxed))
    pool_.call_stand_in(w);
}

}  // namespace moonward::host
