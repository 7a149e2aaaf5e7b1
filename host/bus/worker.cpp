#include "host/bus/worker.hpp"

#include "host/bus/service_port.hpp"
#include "host/bus/worker_pool.hpp"

#include <pthread.h>
#include <utility>

namespace moonward::host {

using sandbox::message;
using sandbox::verdict;
using sandbox::verdict_reason;

namespace {

thread_local worker* this_worker = nullptr;

// Looking at the clock costs as much as a tenth of a message.
constexpr unsigned messages_between_clock_reads = 32;

// A tenant's counters are shared by all workers: they are told of this much at a time, which is
// how fine fairness between tenants is.
constexpr std::uint64_t bill_from_ns = 20'000;

void attach(sandbox::execution& e) noexcept {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return;
  void* lowest = nullptr;
  std::size_t bytes = 0;
  std::size_t guard = 0;
  ::pthread_attr_getstack(&attributes, &lowest, &bytes);
  ::pthread_attr_getguardsize(&attributes, &guard);
  ::pthread_attr_destroy(&attributes);
  auto* stack = static_cast<std::byte*>(lowest);
  e.attach_to_thread(stack - guard, stack + sandbox::page_bytes);
}

}  // namespace

// What a slice's guarded part reads and leaves behind; it survives a kill.
struct worker::slice {
  worker& self;
  service& what;
  sandbox::handle id;
  std::uint64_t began_ns;
  std::uint64_t settled_messages = 0;
  std::uint64_t settled_bytes = 0;
  std::uint64_t delivered = 0;
};

worker* worker::current() noexcept { return this_worker; }

bool worker::offer(service& s) noexcept {
  service* none = nullptr;
  return next_.compare_exchange_strong(none, &s, std::memory_order_acq_rel);
}

void worker::run() noexcept {
  this_worker = this;
  attach(execution_);
  credit_.attach();
  now_ns_ = time_.anchored();
  chain_began_ns_ = now_ns_;
  while (!pool_.stopping()) {
    service* s = nullptr;
    if (now_ns_ - chain_began_ns_ < quantum_ns_ && !give_way.load(std::memory_order_relaxed))
      s = take_next();
    if (s == nullptr) {
      if (service* waiting = take_next()) (void)bus_.ready().push(*waiting, run_queue::cause::turn);
      give_way.store(false, std::memory_order_relaxed);
      std::uint64_t wait_until_ns = 0;
      s = bus_.ready().pop(now_ns_, wait_until_ns);
      chain_began_ns_ = now_ns_;
      if (s == nullptr || !pool_.may_run(*this)) {
        if (s != nullptr) (void)bus_.ready().push(*s, run_queue::cause::turn);
        settle_bill();
        credit_.settle();
        pool_.park(*this, wait_until_ns);
        now_ns_ = time_.anchored();
        chain_began_ns_ = now_ns_;
        continue;
      }
    }
    run_slice(*s);
  }
  settle_bill();
  credit_.detach();
  this_worker = nullptr;
}

void worker::bill(tenant& t, std::uint64_t ns, std::uint64_t messages) noexcept {
  if (billed_ != &t) {
    settle_bill();
    billed_ = &t;
  }
  due_ns_ += ns;
  due_messages_ += messages;
  if (due_ns_ >= bill_from_ns) settle_bill();
}

void worker::settle_bill() noexcept {
  if (due_ns_ != 0) billed_->charge_cpu(due_ns_, now_ns_);
  if (due_messages_ != 0) billed_->count_messages(due_messages_);
  due_ns_ = 0;
  due_messages_ = 0;
}

// Runs under the guard: no object here has a destructor, a kill jumps over this frame.
void worker::slice_body(void* argument) {
  auto& s = *static_cast<slice*>(argument);
  service_life& life = *s.what.life;
  sandbox::actor& a = *life.actor;
  a.bind(s.self.context_);
  if (a.preempted()) {
    s.self.lease.cpu_before_ns.store(life.turn_cpu_ns, std::memory_order_relaxed);
    a.resume();
  }
  while (!a.preempted() && !a.ended()) {
    message* m = s.what.box.pop();
    if (m == nullptr) return;
    ++s.settled_messages;
    s.settled_bytes += m->footprint();
    if (m->destination != s.id) {  // meant for who lived in this slot before
      release_message(m);
      continue;
    }
    if (s.what.ordered_end.load(std::memory_order_relaxed) != 0) {
      s.self.unread_ = m;
      return;
    }
    a.deliver(m);
    ++s.delivered;
    if (s.self.give_way.load(std::memory_order_relaxed)) return;
    if (s.delivered % messages_between_clock_reads == 0 &&
        s.self.time_.now_ns() - s.began_ns > s.self.quantum_ns_)
      return;
  }
}

void worker::take_pending_quota(service& s) noexcept {
  const std::lock_guard lock{bus_.table().mutex()};
  if (!s.pending_quota) return;
  s.life->quota = *s.pending_quota;
  s.pending_quota.reset();
  s.has_pending_quota.store(false, std::memory_order_relaxed);
  s.life->actor->quota_changed();
}

void worker::run_slice(service& s) noexcept {
  service_life& life = *s.life;
  tenant& owner = *s.owner.load(std::memory_order_relaxed);
  execution_.open_key_only(owner.memory_key());
  if (s.has_pending_quota.load(std::memory_order_relaxed)) take_pending_quota(s);
  slice run{*this, s, s.live.load(std::memory_order_relaxed), now_ns_};
  if (const auto ordered = s.ordered_end.load(std::memory_order_relaxed); ordered != 0) {
    verdict why;
    why.reason = static_cast<verdict_reason>(ordered);
    bus_.finish(s, why);
    return;
  }
  life.port->slice_began(now_ns_);
  lease.slice_began_ns.store(now_ns_, std::memory_order_relaxed);
  lease.service.store(run.id, std::memory_order_relaxed);
  lease.cpu_per_turn_ns.store(static_cast<std::uint64_t>(life.quota.cpu_per_turn.count()),
                              std::memory_order_relaxed);
  lease.cpu_per_c_call_ns.store(static_cast<std::uint64_t>(life.quota.cpu_per_c_call.count()),
                                std::memory_order_relaxed);
  const std::uint64_t turns_before = execution_.turns();
  const bool alive = execution_.run_guarded(slice_body, &run);
  lease.end_turns();

  const std::uint64_t ended_ns = time_.now_ns();
  const std::uint64_t used_ns = ended_ns - now_ns_;
  now_ns_ = ended_ns;
  bill(owner, used_ns, run.delivered);
  const sandbox::actor& a = *life.actor;
  s.cpu_ns.store(s.cpu_ns.load(std::memory_order_relaxed) + used_ns, std::memory_order_relaxed);
  s.messages.store(a.messages(), std::memory_order_relaxed);
  s.footprint_bytes.store(a.footprint_bytes(), std::memory_order_relaxed);
  s.coroutines.store(a.coroutines(), std::memory_order_relaxed);
  if (run.settled_messages != 0) s.box.settle(run.settled_messages, run.settled_bytes);
  if (stuck.load(std::memory_order_relaxed)) pool_.unstuck(*this);

  const auto ordered = static_cast<verdict_reason>(s.ordered_end.load(std::memory_order_relaxed));
  if (!alive || a.ended() || ordered != verdict_reason::none) {
    verdict why;
    if (!alive) why = execution_.death();
    else if (a.ended()) why = a.end();
    else why.reason = ordered;
    bus_.finish(s, why, std::exchange(unread_, nullptr));
    return;
  }
  if (a.preempted()) {
    // A turn that began in this slice is charged with all of it at most, not with earlier turns.
    if (execution_.turns() != turns_before) life.turn_cpu_ns = 0;
    life.turn_cpu_ns += used_ns;
    preemptions.store(preemptions.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    bus_.reschedule(s);
    return;
  }
  life.turn_cpu_ns = 0;
  if (!s.box.empty() || !s.box.try_block()) bus_.reschedule(s);
}

}  // namespace moonward::host
