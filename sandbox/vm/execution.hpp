/// The execution of scripts on one worker thread: entering the VM, interrupting it, leaving it.
///
/// A slice runs inside `run_guarded`. A kill leaves it by siglongjmp: from the count hook when the
/// VM reaches one, else straight from the signal handler. It is held off while the thread is in a
/// host section or the arena is busy, and happens on leaving. Between the guard and the VM no
/// frame has a destructor that matters; after a kill the Lua state is never touched again.
/// Thread: one object a worker, made and used on it; signal handlers find it by thread_local.
#pragma once

#include "sandbox/memory/arena.hpp"
#include "sandbox/memory/memory_keys.hpp"
#include "sandbox/vm/lease.hpp"

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstddef>
#include <cstdint>

struct lua_State;
struct lua_Debug;

namespace moonward::sandbox {

/// The signal by which the monitor makes a worker look at its lease.
[[nodiscard]] int interrupt_signal() noexcept;

/// Installs the process's handlers for interrupts and stack faults. Once, before any worker.
void install_interrupt_handlers() noexcept;

/// How the script's code got interrupted last; cleared by who reads it.
enum class suspension : std::uint8_t { none, host_wait, preempted };

class execution {
 public:
  explicit execution(slice_lease& lease) noexcept : lease_{lease} {}
  ~execution();
  execution(const execution&) = delete;
  execution& operator=(const execution&) = delete;

  /// Makes this the execution of the calling thread and sets up its alternate signal stack, on
  /// which faults in the guard area of the stack, from guard_begin to guard_end, are handled.
  void attach_to_thread(std::byte* guard_begin, std::byte* guard_end) noexcept;
  /// The execution of the calling thread; null outside workers.
  [[nodiscard]] static execution* current() noexcept;

  /// Runs `body(argument)`; true when it returned, false when the script was killed in it: then
  /// `death()` says why.
  [[nodiscard]] bool run_guarded(void (*body)(void*), void* argument) noexcept;

  /// Tells which actor's memory and hooks are at work; before any VM entry.
  void bind(arena* memory, std::uint32_t base_hook_count,
            std::uint64_t instructions_per_turn) noexcept;
  /// A new turn: voids earlier requests and restarts the instruction count.
  void begin_turn() noexcept;
  /// The next slice of a turn that was pre-empted; `instructions` as it told then.
  void continue_turn(std::uint64_t instructions) noexcept;
  [[nodiscard]] std::uint64_t instructions() const noexcept { return instructions_; }
  /// Turns begun so far on this worker; a continued one isn't counted again.
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

  /// Closes all memory keys but this one until the next call. Before a slice.
  void open_key_only(int key) noexcept {
    if (key == open_key_) return;
    open_key_ = key;
    rights_ = memory_keys::only(key);
    memory_keys::set_rights(rights_);
  }

  // -- around the VM ------------------------------------------------------------------------
  void enter_vm(lua_State* running) noexcept;
  void leave_vm() noexcept;
  [[nodiscard]] lua_State* running() const noexcept { return running_; }
  void set_running(lua_State* L) noexcept { running_ = L; }
  [[nodiscard]] bool in_vm() const noexcept { return in_vm_ != 0; }

  /// Why resume came back with LUA_YIELD: the host's doing, or the script's own.
  suspension suspended = suspension::none;

  /// Ends the slice now with this verdict; only inside run_guarded. Never returns.
  [[noreturn]] void die(verdict_reason reason, std::uint64_t limit,
                        std::uint64_t measured) noexcept;
  /// As die, and tells where the script is if that can be seen.
  [[noreturn]] void die_here(verdict_reason reason, std::uint64_t limit,
                             std::uint64_t measured) noexcept;
  /// The evidence of the last kill.
  [[nodiscard]] verdict death() const;
  /// Charges the instruction count: entering a coroutine starts a fresh hook count.
  void charge_instructions(lua_State* L, std::uint32_t count) noexcept;
  /// Puts the hook that the quota asks for (or none) on a coroutine.
  void set_base_hook(lua_State* L) const noexcept;

  /// For the signal handlers of this thread alone.
  void on_interrupt() noexcept;
  [[nodiscard]] bool on_stack_fault(const void* address) noexcept;
  void on_key_fault() noexcept;
  /// The kernel enters handlers with rights of its own: takes the slice's.
  void take_rights() const noexcept { memory_keys::set_rights(rights_); }

 private:
  friend class host_section;
  static void hook(lua_State* L, lua_Debug* record);
  static void arm_hook(lua_State* L) noexcept;
  void obey() noexcept;  // what the monitor asks
  void on_hook(lua_State* L) noexcept;
  [[nodiscard]] bool yield_asked(const turn_request& asked) noexcept;
  void take_traceback(lua_State* L) noexcept;
  [[noreturn]] void die_as_asked(const turn_request& asked) noexcept;
  /// A kill was held off until now: dies, unless it was meant for an earlier turn.
  void die_pending() noexcept;
  static void on_arena_free() noexcept;
  void note_death(verdict_reason reason, std::uint64_t limit, std::uint64_t measured) noexcept;
  [[noreturn]] void probe_and_escape() noexcept;
  [[noreturn]] void escape() noexcept;

  slice_lease& lease_;
  key_rights rights_ = all_keys_open;
  int open_key_ = -1;  // none has been chosen: all are open
  sigjmp_buf escape_;
  lua_State* volatile running_ = nullptr;        // innermost coroutine; read by the handler
  volatile std::sig_atomic_t in_vm_ = 0;         // the handler may leave by siglongjmp
  volatile std::sig_atomic_t in_handler_ = 0;    // on_interrupt runs
  volatile std::sig_atomic_t kill_pending_ = 0;  // written by the handler, read on leaving
  volatile std::sig_atomic_t kill_signals_ = 0;  // signals of the kill that is under way
  volatile std::sig_atomic_t probing_ = 0;       // a fault now means: no traceback, then
  arena* volatile arena_ = nullptr;
  std::uint32_t base_hook_count_ = 0;
  std::uint64_t instruction_limit_ = 0;
  std::uint64_t instructions_ = 0;
  std::uint64_t turns_ = 0;
  verdict_reason death_reason_ = verdict_reason::none;
  std::uint64_t death_limit_ = 0;
  std::uint64_t death_measured_ = 0;
  char where_[96] = {};
  char traceback_[1024] = {};
  std::byte* guard_begin_ = nullptr;  // guard area of this thread's stack
  std::byte* guard_end_ = nullptr;
  void* signal_stack_ = nullptr;
};

/// Marks host work on behalf of the script: a kill waits until the section ends. No Lua API
/// inside, nothing that throws. The destructor may not return.
class host_section {
 public:
  explicit host_section(execution& e) noexcept : execution_{e}, was_in_vm_{e.in_vm_} {
    execution_.in_vm_ = 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  ~host_section() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    execution_.in_vm_ = was_in_vm_;
    if (was_in_vm_ != 0 && execution_.kill_pending_ != 0) [[unlikely]]
      execution_.die_pending();
  }
  host_section(const host_section&) = delete;
  host_section& operator=(const host_section&) = delete;

 private:
  execution& execution_;
  std::sig_atomic_t was_in_vm_;
};

}  // namespace moonward::sandbox
