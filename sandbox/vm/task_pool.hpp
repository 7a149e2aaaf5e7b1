/// The tasks of an actor: those at work, and the idle ones whose coroutines wait for the next use.
///
/// A coroutine costs about a kilobyte and 300 ns to make, so those of finished tasks are kept. How
/// many follows the use: what was never needed over the last `period` returned tasks is surplus,
/// and half of it goes, a few always stay. Thread: the worker that runs the service.
#pragma once

#include "sandbox/vm/task.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace moonward::sandbox {

class task_pool {
 public:
  static constexpr std::size_t always_kept = 16;
  static constexpr std::size_t most_kept = 1024;
  static constexpr std::size_t period = 1024;

  /// A new task, at work; its coroutine may be made later.
  [[nodiscard]] task& add(lua_State* coroutine, int anchor);
  /// An idle task, to work now; null when there is none.
  [[nodiscard]] task* take() noexcept {
    if (idle_.empty()) {
      least_idle_ = 0;
      return nullptr;
    }
    task* t = idle_.back();
    idle_.pop_back();
    if (idle_.size() < least_idle_) least_idle_ = idle_.size();
    return t;
  }
  /// The task has ended. False: it is not kept, and the caller, who releases what it refers to,
  /// calls `remove`.
  [[nodiscard]] bool give(task& t);
  /// An idle task beyond need, already out of the pool: to be released and removed. Null: none.
  [[nodiscard]] task* take_surplus() noexcept;
  void remove(task& t) noexcept;

  [[nodiscard]] bool has_idle() const noexcept { return !idle_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] task& operator[](std::size_t i) const noexcept { return *all_[i]; }
  [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
  [[nodiscard]] auto end() const noexcept { return all_.end(); }

 private:
  std::vector<std::unique_ptr<task>> all_;  // each at its `place`
  std::vector<task*> idle_;
  std::size_t least_idle_ = 0;  // since the period began
  std::size_t given_ = 0;       // in this period
  std::size_t surplus_ = 0;     // to go
};

}  // namespace moonward::sandbox
