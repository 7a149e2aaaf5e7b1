/// Tasks: the coroutines in which an actor runs its message handlers, forks and timers.
///
/// A task runs until it ends or waits: for the answer to a session, for a timer, for a wake-up
/// token. Everything here lives in host memory, outside the arena, and changes only in host
/// sections, so that after a kill the host still knows who waits for an answer.
/// Thread: the worker that runs the service.
#pragma once

#include "sandbox/message.hpp"

#include <cstdint>
#include <memory>
#include <vector>

struct lua_State;

namespace moonward::sandbox {

/// What a session stands for.
enum class wait_kind : std::uint8_t {
  none,
  call,      ///< an answer from another service or from the host
  sleep,     ///< a timer, or a wake-up before it
  token,     ///< a wake-up only
  timeout,   ///< no task yet: the timer starts one with the function `function`
  periodic,  ///< the same, again and again
  deadline,  ///< the timer that ends a call with a deadline
  module,    ///< another task loads the module that this one requires
  answer,    ///< no task yet: the answer starts one with the handler of core.on_answer
  dropped,   ///< an answer that is not wanted any more
};

/// Why a waiting task goes on.
enum class wake_reason : std::uint8_t { none, answered, failed, woken, timed_out };

struct task {
  lua_State* coroutine = nullptr;
  int anchor = 0;         ///< registry reference that keeps the coroutine alive
  task* next = nullptr;   ///< in the one queue it is in
  std::size_t place = 0;  ///< in the pool's list
  // -- the request it serves
  handle source = 0;
  std::int32_t session = 0;
  bool owes_answer = false;  ///< session and source are those of an unanswered request
  bool has_context = false;  ///< it serves a message at all
  // -- what it waits for
  wait_kind waits = wait_kind::none;
  std::int32_t wait_session = 0;
  std::int32_t deadline_session = 0;  ///< of the timer that ends the wait, or 0
  handle waits_for = 0;               ///< whose answer
  // -- with what it goes on
  wake_reason woke = wake_reason::none;
  message* delivered = nullptr;  ///< owned: the answer, or the error's text
  // -- what it starts with
  int (*body)(lua_State*) = nullptr;  ///< set until its first run
  bool is_start = false;              ///< main chunk or start function: its error ends the service
  int function = 0;                   ///< registry reference of a fork's function and arguments
  message* request = nullptr;         ///< owned until its handler has the values
  // -- what the script keeps with it
  int local = 0;               ///< registry reference of a value that goes with the task, or 0
  bool clocked = false;        ///< its CPU time is being measured
  std::uint64_t clock_ns = 0;  ///< of the stretches that have ended
  std::uint64_t clock_since_ns = 0;  ///< begin of the running stretch
};

/// The wait_session of the task that called skynet.exit.
inline constexpr std::int32_t exit_session = -1;

/// FIFO of tasks, linked through `next`.
class task_queue {
 public:
  void push(task* t) noexcept {
    t->next = nullptr;
    if (last_ != nullptr) last_->next = t;
    else first_ = t;
    last_ = t;
  }
  [[nodiscard]] task* pop() noexcept {
    task* t = first_;
    if (t == nullptr) return nullptr;
    first_ = t->next;
    if (first_ == nullptr) last_ = nullptr;
    t->next = nullptr;
    return t;
  }
  [[nodiscard]] bool remove(task* wanted) noexcept;
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] task* first() const noexcept { return first_; }

 private:
  task* first_ = nullptr;
  task* last_ = nullptr;
};

/// One session that something is expected for.
struct expectation {
  std::int32_t session = 0;
  wait_kind kind = wait_kind::none;
  task* who = nullptr;  ///< null for timeouts and answers
  int function = 0;     ///< registry reference, for timeouts; message type, for answers
  handle from = 0;      ///< whose answer, for answers
};

/// Sessions in use: open addressing, linear probing, deletion by moving back (Knuth, volume 3, 6.4,
/// algorithm R). Sessions come one after the other: multiplicative hashing scatters them, or those
/// in use would be one run that each deletion walks along.
class session_table {
 public:
  [[nodiscard]] expectation* find(std::int32_t session) noexcept;
  /// False when out of memory.
  [[nodiscard]] bool insert(const expectation& e) noexcept;
  void erase(std::int32_t session) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  /// Places of the table, for loops that must bear changes: free ones have the session 0.
  [[nodiscard]] std::size_t places() const noexcept { return capacity_; }
  [[nodiscard]] expectation place(std::size_t index) const noexcept { return entries_[index]; }
  template <typename Function>
  void for_each(Function f) {
    for (std::size_t i = 0; i < capacity_; ++i)
      if (entries_[i].session != 0) f(entries_[i]);
  }

 private:
  [[nodiscard]] std::size_t home(std::int32_t session) const noexcept {
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio
    return static_cast<std::uint32_t>(session) * golden >> shift_;
  }
  std::unique_ptr<expectation[]> entries_;
  std::size_t capacity_ = 0;  // a power of two
  std::size_t count_ = 0;
  unsigned shift_ = 0;  // 64 - log2(capacity_)
};

/// An answer that a `skynet.response` closure owes.
struct owed_response {
  std::int64_t id = 0;
  handle source = 0;
  std::int32_t session = 0;
};

}  // namespace moonward::sandbox
