#include "host/time/timer_service.hpp"

#include "sandbox/memory/heap.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <new>
#include <utility>

namespace moonward::host {

using sandbox::handle;
using sandbox::memory_account;
using sandbox::message;

namespace {

// Timers handled under one hold of the lock: bounds how long an `add` may wait.
constexpr std::size_t batch_limit = 1024;
// Timers of one owner above which looking for a session goes through an index.
constexpr std::size_t scan_limit = 32;
// Longer delays (285 000 years) are cut, so that no sum overflows.
constexpr std::uint64_t longest_ms = std::uint64_t{1} << 53;

}  // namespace

struct timer_service::timer : wheel_node {
  owner_timers* list;
  timer* next_of_owner;  // when done: the next one that is
  timer* prev_of_owner;
  message* ready;  // what it sends next; null: memory was refused
  memory_account* account;
  handle owner;
  std::uint64_t period_ms;
  std::int32_t session;
};

struct timer_service::owner_timers {
  timer* first = nullptr;
  std::size_t count = 0;
  // By session; made by the first cancel among many, null until then.
  std::unique_ptr<std::unordered_multimap<std::int32_t, timer*>> index;
};

const std::size_t timer_service::timer_footprint = sizeof(timer) + sizeof(message);

timer_service::timer_service(message_sink& sink, const clock& time) noexcept
    : sink_{sink}, clock_{time}, wheel_{time.now_ms()} {}

timer_service::~timer_service() {
  for (auto& [owner, list] : owners_) {
    for (timer* t = list->first; t != nullptr;) free_timer(std::exchange(t, t->next_of_owner));
  }
}

// -- timers and their owners ------------------------------------------------------------------

timer_service::timer* timer_service::make_timer(handle owner, std::int32_t session,
                                                std::uint64_t period_ms,
                                                memory_account* account) noexcept {
  if (account != nullptr && !account->charge(sizeof(timer))) return nullptr;
  void* const memory = sandbox::heap_allocate(sizeof(timer));
  if (memory == nullptr) {
    if (account != nullptr) account->release(sizeof(timer));
    return nullptr;
  }
  auto* const t = new (memory) timer{};
  t->account = account;
  t->owner = owner;
  t->session = session;
  t->period_ms = period_ms;
  t->ready = make_timer_message(owner, session, account);
  if (t->ready != nullptr) return t;
  free_timer(t);
  return nullptr;
}

message* timer_service::make_timer_message(handle owner, std::int32_t session,
                                           memory_account* account) noexcept {
  message* const m = sandbox::allocate_message(0, account);
  if (m == nullptr) return nullptr;
  m->destination = owner;
  m->session = session;
  m->type = sandbox::message_type::response;
  m->origin = sandbox::message_origin::timer;
  return m;
}

void timer_service::free_timer(timer* t) noexcept {
  sandbox::release_message(t->ready);
  if (t->account != nullptr) t->account->release(sizeof(timer));
  sandbox::heap_free(t);
}

timer_service::owner_timers* timer_service::owner_of(handle owner) noexcept {
  try {
    std::unique_ptr<owner_timers>& list = owners_[owner];
    if (list == nullptr) list = std::make_unique<owner_timers>();
    return list.get();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void timer_service::attach(owner_timers& list, timer& t) noexcept {
  t.list = &list;
  t.prev_of_owner = nullptr;
  t.next_of_owner = list.first;
  if (list.first != nullptr) list.first->prev_of_owner = &t;
  list.first = &t;
  ++list.count;
  if (list.index == nullptr) return;
  try {
    list.index->emplace(t.session, &t);
  } catch (const std::bad_alloc&) {
    list.index.reset();  // slower without it, not wrong
  }
}

void timer_service::detach(timer& t) noexcept {
  owner_timers& list = *t.list;
  (t.prev_of_owner != nullptr ? t.prev_of_owner->next_of_owner : list.first) = t.next_of_owner;
  if (t.next_of_owner != nullptr) t.next_of_owner->prev_of_owner = t.prev_of_owner;
  --list.count;
  if (list.index == nullptr) return;
  if (list.count == 0) {
    list.index.reset();
    return;
  }
  auto [at, end] = list.index->equal_range(t.session);
  while (at != end && at->second != &t) ++at;
  if (at != end) list.index->erase(at);
}

timer_service::timer* timer_service::find(owner_timers& list, std::int32_t session) noexcept {
  if (list.index == nullptr && list.count > scan_limit) {
    try {
      auto index = std::make_unique<std::unordered_multimap<std::int32_t, timer*>>();
      index->reserve(list.count * 2);
      for (timer* t = list.first; t != nullptr; t = t->next_of_owner) index->emplace(t->session, t);
      list.index = std::move(index);
    } catch (const std::bad_alloc&) {
      list.index.reset();
    }
  }
  if (list.index != nullptr) {
    const auto found = list.index->find(session);
    return found == list.index->end() ? nullptr : found->second;
  }
  timer* t = list.first;
  while (t != nullptr && t->session != session) t = t->next_of_owner;
  return t;
}

// -- any thread -------------------------------------------------------------------------------

bool timer_service::add(handle owner, std::int32_t session, std::uint64_t delay_ms,
                        std::uint64_t period_ms, memory_account* account,
                        std::uint64_t most) noexcept {
  if (delay_ms == 0 && period_ms == 0) {
    message* const m = make_timer_message(owner, session, account);
    if (m == nullptr) return false;
    if (sink_.push(m)) sink_.end_batch();
    return true;
  }
  timer* const t = make_timer(owner, session, std::min(period_ms, longest_ms), account);
  if (t == nullptr) return false;
  // Rounded up to a tick: never early.
  const std::uint64_t due_ms =
      (clock_.now_ns() + ns_a_ms - 1) / ns_a_ms + std::min(delay_ms, longest_ms);
  bool sooner = false;
  {
    const std::lock_guard lock{mutex_};
    owner_timers* list = owner_of(owner);
    if (list != nullptr && list->count >= most) list = nullptr;
    if (list != nullptr) {
      attach(*list, *t);
      wheel_.insert(*t, due_ms);
      sooner = due_ms < sleeps_until_ms_;
      if (sooner) sleeps_until_ms_ = due_ms;  // one wake-up is enough
    }
    if (list == nullptr) {
      free_timer(t);
      return false;
    }
  }
  if (sooner) wake_.notify_one();
  return true;
}

bool timer_service::cancel(handle owner, std::int32_t session) noexcept {
  timer* found = nullptr;
  {
    const std::lock_guard lock{mutex_};
    const auto at = owners_.find(owner);
    if (at == owners_.end()) return false;
    found = find(*at->second, session);
    if (found == nullptr) return false;
    wheel_.remove(*found);
    detach(*found);
  }
  free_timer(found);
  return true;
}

std::size_t timer_service::cancel_all(handle owner) noexcept {
  std::size_t dropped = 0;
  for (bool more = true; more;) {
    timer* batch = nullptr;
    {
      const std::lock_guard lock{mutex_};
      const auto at = owners_.find(owner);
      if (at == owners_.end()) break;
      owner_timers& list = *at->second;
      list.index.reset();
      for (std::size_t i = 0; i < batch_limit && list.first != nullptr; ++i) {
        timer* const t = list.first;
        wheel_.remove(*t);
        detach(*t);
        t->next_of_owner = std::exchange(batch, t);
        ++dropped;
      }
      more = list.first != nullptr;
      if (!more) owners_.erase(at);
    }
    while (batch != nullptr) free_timer(std::exchange(batch, batch->next_of_owner));
  }
  return dropped;
}

std::size_t timer_service::pending() const noexcept {
  const std::lock_guard lock{mutex_};
  return wheel_.size();
}

std::size_t timer_service::pending_of(handle owner) const noexcept {
  const std::lock_guard lock{mutex_};
  const auto at = owners_.find(owner);
  return at == owners_.end() ? 0 : at->second->count;
}

std::uint64_t timer_service::skipped() const noexcept {
  const std::lock_guard lock{mutex_};
  return skipped_;
}

// -- the timer thread -------------------------------------------------------------------------

bool timer_service::collect(std::uint64_t now_ms, message*& messages, timer*& done) noexcept {
  message** last = &messages;
  const std::lock_guard lock{mutex_};
  return wheel_.advance(
      now_ms,
      [&](wheel_node& node) {
        auto& t = static_cast<timer&>(node);
        if (message* const m = std::exchange(t.ready, nullptr)) {
          *last = m;
          last = &m->next;
        } else {
          ++skipped_;
        }
        if (t.period_ms == 0) {
          detach(t);
          t.next_of_owner = done;
          done = &t;
          return;
        }
        t.ready = make_timer_message(t.owner, t.session, t.account);
        const std::uint64_t missed = now_ms > t.due_ms ? (now_ms - t.due_ms) / t.period_ms : 0;
        wheel_.insert(t, t.due_ms + (missed + 1) * t.period_ms);
      },
      batch_limit);
}

std::size_t timer_service::run_due() noexcept {
  std::size_t pushed = 0;
  for (bool more = true; more;) {
    message* messages = nullptr;
    timer* done = nullptr;
    more = collect(clock_.now_ms(), messages, done);
    while (done != nullptr) free_timer(std::exchange(done, done->next_of_owner));
    while (messages != nullptr) {
      message* const m = std::exchange(messages, messages->next);
      m->next = nullptr;
      const handle owner = m->destination;
      ++pushed;
      if (!sink_.push(m)) cancel_all(owner);
    }
    sink_.end_batch();
  }
  return pushed;
}

void timer_service::run() noexcept {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    sleeps_until_ms_ = 0;
    lock.unlock();
    run_due();
    lock.lock();
    const std::uint64_t next_ms = wheel_.next_due_ms();
    const std::uint64_t now_ns = clock_.now_ns();
    if (stopping_ || next_ms <= now_ns / ns_a_ms) continue;
    sleeps_until_ms_ = next_ms;
    if (next_ms == timer_wheel::never) {
      wake_.wait(lock);
    } else {
      constexpr std::uint64_t an_hour_ms = 3'600'000;
      const std::uint64_t until_ns = std::min(next_ms, now_ns / ns_a_ms + an_hour_ms) * ns_a_ms;
      wake_.wait_until(
          lock, std::chrono::steady_clock::now() + std::chrono::nanoseconds{until_ns - now_ns});
    }
  }
}

void timer_service::stop() noexcept {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
}

}  // namespace moonward::host
