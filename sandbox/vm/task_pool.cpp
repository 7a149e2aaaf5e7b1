#include "sandbox/vm/task_pool.hpp"

#include <algorithm>
#include <utility>

namespace moonward::sandbox {

task& task_pool::add(lua_State* coroutine, int anchor) {
  all_.push_back(std::make_unique<task>());
  task& t = *all_.back();
  t.place = all_.size() - 1;
  t.coroutine = coroutine;
  t.anchor = anchor;
  return t;
}

bool task_pool::give(task& t) {
  if (++given_ >= period) {
    surplus_ = least_idle_ > always_kept ? (least_idle_ - always_kept + 1) / 2 : 0;
    given_ = 0;
    least_idle_ = idle_.size();
  }
  if (idle_.size() >= most_kept) return false;
  idle_.push_back(&t);
  return true;
}

task* task_pool::take_surplus() noexcept {
  if (surplus_ == 0) return nullptr;
  --surplus_;
  if (idle_.size() <= always_kept) return nullptr;
  task* t = idle_.back();
  idle_.pop_back();
  least_idle_ = std::min(least_idle_, idle_.size());
  return t;
}

void task_pool::remove(task& t) noexcept {
  const std::size_t place = t.place;
  std::swap(all_[place], all_.back());
  all_[place]->place = place;
  all_.pop_back();
}

}  // namespace moonward::sandbox
