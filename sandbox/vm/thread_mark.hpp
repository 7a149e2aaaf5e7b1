/// The mark behind every coroutine: whose it is, and what the host must know of it.
///
/// One word in Lua's extra space: the actor's address (aligned to 16) with flags in its low bits.
/// Lua copies the main state's word to each new coroutine. Thread: the worker that runs the actor.
#pragma once

#include "sandbox/vm/lua.hpp"

#include <cstdint>

namespace moonward::sandbox {

class actor;

class thread_mark {
 public:
  [[nodiscard]] static thread_mark& of(lua_State* L) noexcept {
    return *static_cast<thread_mark*>(lua_getextraspace(L));
  }

  [[nodiscard]] actor* owner() const noexcept {
    return reinterpret_cast<actor*>(word_ & ~std::uintptr_t{15});
  }
  void set_owner(actor* a) noexcept { word_ = reinterpret_cast<std::uintptr_t>(a); }
  void clear_flags() noexcept { word_ &= ~std::uintptr_t{15}; }

  /// It yielded to the host inside a nested resume: only the host's way back may resume it.
  [[nodiscard]] bool blocked() const noexcept { return (word_ & 1U) != 0; }
  void set_blocked(bool on) noexcept { set(1, on); }
  /// A C call below it can't be continued: it must not yield to the host.
  [[nodiscard]] bool chain_unyieldable() const noexcept { return (word_ & 2U) != 0; }
  void set_chain_unyieldable(bool on) noexcept { set(2, on); }
  /// The coroutine of a task: the host resumes it, the script can't.
  [[nodiscard]] bool is_root() const noexcept { return (word_ & 4U) != 0; }
  void set_root() noexcept { set(4, true); }

 private:
  void set(std::uintptr_t flag, bool on) noexcept { word_ = on ? word_ | flag : word_ & ~flag; }
  std::uintptr_t word_;
};

static_assert(sizeof(thread_mark) <= LUA_EXTRASPACE);

}  // namespace moonward::sandbox
