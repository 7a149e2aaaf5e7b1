#include "sandbox/vm/task.hpp"

#include <bit>
#include <new>

namespace moonward::sandbox {

namespace {
constexpr std::size_t first_capacity = 8;
}

bool task_queue::remove(task* wanted) noexcept {
  task* before = nullptr;
  for (task* t = first_; t != nullptr; before = t, t = t->next) {
    if (t != wanted) continue;
    (before != nullptr ? before->next : first_) = t->next;
    if (last_ == t) last_ = before;
    t->next = nullptr;
    return true;
  }
  return false;
}

expectation* session_table::find(std::int32_t session) noexcept {
  if (count_ == 0) return nullptr;
  for (std::size_t i = home(session); entries_[i].session != 0; i = (i + 1) & (capacity_ - 1))
    if (entries_[i].session == session) return &entries_[i];
  return nullptr;
}

bool session_table::insert(const expectation& e) noexcept {
  if ((count_ + 1) * 2 > capacity_) {
    const std::size_t old_capacity = capacity_;
    const std::size_t capacity = old_capacity == 0 ? first_capacity : old_capacity * 2;
    std::unique_ptr<expectation[]> larger{new (std::nothrow) expectation[capacity]};
    if (!larger) return false;
    std::swap(entries_, larger);
    capacity_ = capacity;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(capacity));
    count_ = 0;
    for (std::size_t i = 0; i < old_capacity; ++i)
      if (larger[i].session != 0) (void)insert(larger[i]);
  }
  std::size_t i = home(e.session);
  while (entries_[i].session != 0) i = (i + 1) & (capacity_ - 1);
  entries_[i] = e;
  ++count_;
  return true;
}

void session_table::erase(std::int32_t session) noexcept {
  expectation* e = find(session);
  if (e == nullptr) return;
  auto hole = static_cast<std::size_t>(e - entries_.get());
  const std::size_t mask = capacity_ - 1;
  for (std::size_t i = (hole + 1) & mask; entries_[i].session != 0; i = (i + 1) & mask) {
    // An entry may move back unless its home lies between the hole and itself.
    const std::size_t from_home = (i - home(entries_[i].session)) & mask;
    if (from_home < ((i - hole) & mask)) continue;
    entries_[hole] = entries_[i];
    hole = i;
  }
  entries_[hole] = {};
  --count_;
}

}  // namespace moonward::sandbox
