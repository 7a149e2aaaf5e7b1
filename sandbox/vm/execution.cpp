#include "sandbox/vm/execution.hpp"

#include "sandbox/vm/lua.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace moonward::sandbox {

namespace {

thread_local execution* this_execution [[gnu::tls_model("initial-exec")]] = nullptr;

constexpr std::size_t signal_stack_bytes = 64 * 1024;
// While the script can't yield (inside table.sort, gsub callbacks …): look again this soon.
constexpr int retry_count = 1000;

void interrupt_handler(int, siginfo_t*, void*) {
  const int saved = errno;
  if (execution* e = this_execution) {
    e->take_rights();
    e->on_interrupt();
  }
  errno = saved;
}

// Who handled faults before: a sanitizer, or nobody.
struct sigaction earlier_handler;

void fault_handler(int signal, siginfo_t* info, void* context) {
  if (execution* e = this_execution) {
    e->take_rights();
    if (info->si_code == SEGV_PKUERR) e->on_key_fault();
    if (info->si_code > 0 && e->on_stack_fault(info->si_addr)) return;
  }
  if ((earlier_handler.sa_flags & SA_SIGINFO) != 0) {
    earlier_handler.sa_sigaction(signal, info, context);
    return;
  }
  // A bug of the host: said plainly, then the end with a core file where those are kept.
  static constexpr char text[] = "moonward: fatal: a memory fault outside any script's stack\n";
  if (::write(STDERR_FILENO, text, sizeof text - 1) < 0) ::abort();
  ::abort();
}

}  // namespace

int interrupt_signal() noexcept { return SIGURG; }

void install_interrupt_handlers() noexcept {
  // SA_NODEFER: the handler may leave by siglongjmp, which restores no signal mask. SA_ONSTACK: a
  // script may be at the end of the stack, where a signal's frame finds no room.
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART | SA_ONSTACK;
  action.sa_sigaction = interrupt_handler;
  ::sigaction(interrupt_signal(), &action, nullptr);
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  action.sa_sigaction = fault_handler;
  struct sigaction before {};
  ::sigaction(SIGSEGV, &action, &before);
  if (before.sa_sigaction != fault_handler) earlier_handler = before;
}

execution* execution::current() noexcept { return this_execution; }

execution::~execution() {
  if (this_execution == this) this_execution = nullptr;
  if (signal_stack_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(signal_stack_, signal_stack_bytes);
}

void execution::attach_to_thread(std::byte* guard_begin, std::byte* guard_end) noexcept {
  this_execution = this;
  guard_begin_ = guard_begin;
  guard_end_ = guard_end;
  void* memory = ::mmap(nullptr, signal_stack_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  signal_stack_ = memory;
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = signal_stack_bytes;
  ::sigaltstack(&stack, nullptr);
}

void execution::bind(arena* memory, std::uint32_t base_hook_count,
                     std::uint64_t instructions_per_turn) noexcept {
  arena_ = memory;
  base_hook_count_ = base_hook_count;
  instruction_limit_ = instructions_per_turn;
  instructions_ = 0;
  suspended = suspension::none;
  if (memory != nullptr) memory->set_kill_handler(on_arena_free);
}

bool execution::run_guarded(void (*body)(void*), void* argument) noexcept {
  death_reason_ = verdict_reason::none;
  where_[0] = '\0';
  traceback_[0] = '\0';
  kill_pending_ = 0;
  kill_signals_ = 0;
  const bool alive = sigsetjmp(escape_, 0) == 0;
  if (alive) body(argument);
  in_vm_ = 0;
  running_ = nullptr;
  arena_ = nullptr;
  return alive;
}

void execution::begin_turn() noexcept {
  ++turns_;
  lease_.cpu_before_ns.store(0, std::memory_order_relaxed);
  continue_turn(0);
}

void execution::continue_turn(std::uint64_t instructions) noexcept {
  lease_.begin_turn();
  kill_pending_ = 0;
  kill_signals_ = 0;
  instructions_ = instructions;
}

void execution::enter_vm(lua_State* running) noexcept {
  running_ = running;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  in_vm_ = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (kill_pending_ != 0) [[unlikely]]
    die_pending();
}

void execution::leave_vm() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  in_vm_ = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  running_ = nullptr;
}

// -- kill -------------------------------------------------------------------------------------

void execution::escape() noexcept {
  in_vm_ = 0;
  in_handler_ = 0;
  siglongjmp(escape_, 1);
}

void execution::note_death(verdict_reason reason, std::uint64_t limit,
                           std::uint64_t measured) noexcept {
  if (death_reason_ != verdict_reason::none) return;
  death_reason_ = reason;
  death_limit_ = limit;
  death_measured_ = measured;
}

void execution::die(verdict_reason reason, std::uint64_t limit, std::uint64_t measured) noexcept {
  note_death(reason, limit, measured);
  escape();
}

void execution::die_here(verdict_reason reason, std::uint64_t limit,
                         std::uint64_t measured) noexcept {
  note_death(reason, limit, measured);
  probe_and_escape();
}

// Nearly everywhere the chain of calls can be read as it stands. Where it can't (Lua moves its
// stack, and pointers into it are offsets meanwhile) reading faults, and the fault handler goes on
// to the escape that is due anyway.
void execution::probe_and_escape() noexcept {
#ifndef MOONWARD_SANITIZER  // which would report the fault instead
  if (lua_State* L = running_) {
    probing_ = 1;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    take_traceback(L);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    probing_ = 0;
  }
#endif
  escape();
}

void execution::die_as_asked(const turn_request& asked) noexcept {
  die(asked.reason, lease_.kill_limit.load(std::memory_order_relaxed),
      lease_.kill_measured.load(std::memory_order_relaxed));
}

void execution::die_pending() noexcept {
  kill_pending_ = 0;
  const turn_request asked = lease_.asked();
  if (asked.kind != request_kind::kill) return;
  note_death(asked.reason, lease_.kill_limit.load(std::memory_order_relaxed),
             lease_.kill_measured.load(std::memory_order_relaxed));
  probe_and_escape();
}

void execution::on_arena_free() noexcept {
  execution* e = this_execution;
  if (e != nullptr && e->in_vm_ != 0) e->die_pending();
}

verdict execution::death() const {
  return {death_reason_, death_limit_, death_measured_, where_, traceback_};
}

// Setting a hook visits each frame of the coroutine, which takes milliseconds on a deep stack: not
// again while the last one is still due.
void execution::arm_hook(lua_State* L) noexcept {
  if (lua_gethookmask(L) == 0 || lua_gethook(L) != hook) lua_sethook(L, hook, LUA_MASKCOUNT, 1);
}

// In the signal handler of the worker's own thread. The signal may come again before it's done,
// and again, until the stack is full: only the first one counts.
void execution::on_interrupt() noexcept {
  if (in_handler_ != 0) return;
  in_handler_ = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  obey();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  in_handler_ = 0;
}

void execution::obey() noexcept {
  const turn_request asked = lease_.asked();
  if (asked.kind == request_kind::none) return;
  const bool polling = base_hook_count_ != 0;  // the hook comes round by itself
  lua_State* L = running_;
  if (asked.kind == request_kind::yield) {
    if (L != nullptr && !polling) arm_hook(L);
    return;
  }
  // A kill first gives the hook a chance to say where the script is; the second signal doesn't.
  kill_signals_ = kill_signals_ + 1;
  if (kill_signals_ == 1 && asked.reason != verdict_reason::cpu_per_c_call) {
    if (L != nullptr) arm_hook(L);
    return;
  }
  kill_pending_ = 1;
  if (in_vm_ == 0) return;
  if (arena* a = arena_; a != nullptr && a->busy()) {
    a->defer_kill();
    return;
  }
  kill_pending_ = 0;
  note_death(asked.reason, lease_.kill_limit.load(std::memory_order_relaxed),
             lease_.kill_measured.load(std::memory_order_relaxed));
  probe_and_escape();
}

bool execution::on_stack_fault(const void* address) noexcept {
  if (probing_ != 0) {
    probing_ = 0;
    escape();
  }
  const auto* at = static_cast<const std::byte*>(address);
  if (in_vm_ == 0 || at < guard_begin_ || at >= guard_end_) return false;
  die(verdict_reason::c_stack, static_cast<std::uint64_t>(guard_end_ - guard_begin_), 0);
}

// In host code the fault is the host's, and nothing can be said of its locks: it goes on to the end
// of the process.
void execution::on_key_fault() noexcept {
  if (in_vm_ == 0 || probing_ != 0) return;
  note_death(verdict_reason::memory_fault, 0, 0);
  probe_and_escape();
}

// -- hooks ------------------------------------------------------------------------------------

void execution::set_base_hook(lua_State* L) const noexcept {
  const int count = static_cast<int>(base_hook_count_);
  if (count == 0) lua_sethook(L, nullptr, 0, 0);
  else if (lua_gethook(L) != hook || lua_gethookcount(L) != count)  // see arm_hook
    lua_sethook(L, hook, LUA_MASKCOUNT, count);
}

void execution::hook(lua_State* L, lua_Debug*) { this_execution->on_hook(L); }

bool execution::yield_asked(const turn_request& asked) noexcept {
#ifdef MOONWARD_STRESS
  (void)asked;
  return true;
#else
  return asked.kind == request_kind::yield;
#endif
}

void execution::on_hook(lua_State* L) noexcept {
  lease_.hooks_reached.store(lease_.hooks_reached.load(std::memory_order_relaxed) + 1,
                             std::memory_order_relaxed);
  if (base_hook_count_ != 0) charge_instructions(L, base_hook_count_);
  const turn_request asked = lease_.asked();
  if (asked.kind == request_kind::kill) {
    take_traceback(L);
    die_as_asked(asked);
  }
  if (yield_asked(asked)) {
    if (lua_isyieldable(L) != 0) {
      set_base_hook(L);
      suspended = suspension::preempted;
      lua_yield(L, 0);  // from a hook it returns; the VM yields when the hook has returned
    } else if (base_hook_count_ == 0 && lua_gethookcount(L) != retry_count) {
      lua_sethook(L, hook, LUA_MASKCOUNT, retry_count);
    }
    return;
  }
  set_base_hook(L);
}

void execution::charge_instructions(lua_State* L, std::uint32_t count) noexcept {
  if (instruction_limit_ == 0) return;
  instructions_ += count;
  if (instructions_ <= instruction_limit_) return;
  take_traceback(L);
  die(verdict_reason::instructions_per_turn, instruction_limit_, instructions_);
}

// Neither allocates nor raises: the heap may be full, and nothing may be left to catch.
void execution::take_traceback(lua_State* L) noexcept {
  lua_Debug record;
  std::size_t used = 0;
  for (int level = 0; level < 12 && lua_getstack(L, level, &record) != 0; ++level) {
    lua_getinfo(L, "Sln", &record);
    if (where_[0] == '\0' && record.currentline > 0)
      std::snprintf(where_, sizeof where_, "%s:%d", record.short_src, record.currentline);
    const char* name = record.name != nullptr ? record.name : *record.what == 'm' ? "main" : "?";
    char line[16] = "";
    if (record.currentline > 0) std::snprintf(line, sizeof line, ":%d", record.currentline);
    const int n = std::snprintf(traceback_ + used, sizeof traceback_ - used, "%s%s%s in %s",
                                level == 0 ? "" : "\n", record.short_src, line, name);
    if (n < 0 || used + static_cast<std::size_t>(n) >= sizeof traceback_) break;
    used += static_cast<std::size_t>(n);
  }
}

}  // namespace moonward::sandbox
