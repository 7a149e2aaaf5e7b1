#include "host/bus/run_queue.hpp"

#include <algorithm>
#include <utility>

namespace moonward::host {

bool run_queue::push(service& s, cause why) {
  tenant& t = *s.owner.load(std::memory_order_relaxed);
  const std::lock_guard lock{mutex_};
  s.next_in_queue = nullptr;
  tenant_lane& lane = t.lane;
  if (lane.last != nullptr) lane.last->next_in_queue = &s;
  else lane.first = &s;
  lane.last = &s;
  const bool woken = !lane.active && why == cause::message;
  if (!lane.active) {
    lane.active = true;
    lane.woken = woken;
    t.raise_virtual(floor_ns_);
    active_.push_back(&t);
  }
  size_.fetch_add(1, std::memory_order_seq_cst);
  return woken;
}

std::uint64_t run_queue::woken_virtual_ns(std::uint64_t now_ns) {
  if (size_.load(std::memory_order_relaxed) == 0) return nobody;
  std::uint64_t least = nobody;
  const std::lock_guard lock{mutex_};
  for (const tenant* t : active_)
    if (t->lane.woken && t->throttled_until(now_ns) == 0) least = std::min(least, t->virtual_ns());
  return least;
}

service* run_queue::pop(std::uint64_t now_ns, std::uint64_t& wait_until_ns) {
  wait_until_ns = 0;
  if (size_.load(std::memory_order_relaxed) == 0) return nullptr;
  const std::lock_guard lock{mutex_};
  std::size_t best = active_.size();
  std::uint64_t best_ns = ~std::uint64_t{0};
  for (std::size_t i = 0; i < active_.size(); ++i) {
    tenant& t = *active_[i];
    if (const std::uint64_t until = t.throttled_until(now_ns); until != 0) {
      if (t.lane.throttled_since_ns == 0) t.lane.throttled_since_ns = now_ns;
      if (wait_until_ns == 0 || until < wait_until_ns) wait_until_ns = until;
      continue;
    }
    if (const std::uint64_t since = std::exchange(t.lane.throttled_since_ns, 0);
        since != 0 && now_ns > since)
      t.count_throttled(now_ns - since);
    if (const std::uint64_t used = t.virtual_ns(); used < best_ns) {
      best_ns = used;
      best = i;
    }
  }
  if (best == active_.size()) return nullptr;
  tenant& t = *active_[best];
  if (best_ns > floor_ns_) floor_ns_ = best_ns;
  t.lane.woken = false;
  service* s = t.lane.first;
  t.lane.first = s->next_in_queue;
  if (t.lane.first == nullptr) {
    t.lane.last = nullptr;
    t.lane.active = false;
    active_[best] = active_.back();
    active_.pop_back();
  }
  size_.fetch_sub(1, std::memory_order_relaxed);
  return s;
}

}  // namespace moonward::host
