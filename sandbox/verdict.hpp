/// A verdict: why a service ended. A closed list plus evidence; the first verdict wins.
///
/// Thread: a plain value, made on the worker that runs the service or by who orders its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::sandbox {

enum class verdict_reason : std::uint8_t {
  none,                   ///< still alive
  finished,               ///< it called skynet.exit, or its script ended and nothing is left to do
  script_error,           ///< its main chunk or start function raised
  cpu_per_turn,           ///< a turn outlived its CPU limit
  cpu_per_c_call,         ///< one library function held the worker too long
  instructions_per_turn,  ///< a turn executed more VM instructions than allowed
  memory,                 ///< the heap is full and the quota says kill, or full beyond any error
  c_stack,                ///< it exhausted the C stack
  operator_kill,          ///< killed from outside: ctl, or a service with the permission
  host_stop,              ///< the host stops or its tenant is reloaded
  host_bug,               ///< a fault of the host seen through this service
  memory_fault,           ///< its slice touched memory that a protection key had closed
};

inline constexpr std::size_t verdict_reasons = 12;

/// The name used in logs, metrics and `exec --json`.
[[nodiscard]] constexpr std::string_view to_string(verdict_reason reason) noexcept {
  switch (reason) {
    case verdict_reason::none: return "none";
    case verdict_reason::finished: return "finished";
    case verdict_reason::script_error: return "script_error";
    case verdict_reason::cpu_per_turn: return "cpu_per_turn";
    case verdict_reason::cpu_per_c_call: return "cpu_per_c_call";
    case verdict_reason::instructions_per_turn: return "instructions_per_turn";
    case verdict_reason::memory: return "memory";
    case verdict_reason::c_stack: return "c_stack";
    case verdict_reason::operator_kill: return "operator_kill";
    case verdict_reason::host_stop: return "host_stop";
    case verdict_reason::host_bug: return "host_bug";
    case verdict_reason::memory_fault: return "memory_fault";
  }
  return "unknown";
}

/// True for the verdicts that a service brings upon itself by breaking a limit.
[[nodiscard]] constexpr bool is_limit(verdict_reason reason) noexcept {
  return reason >= verdict_reason::cpu_per_turn && reason <= verdict_reason::c_stack;
}

struct verdict {
  verdict_reason reason = verdict_reason::none;
  std::uint64_t limit = 0;     ///< the limit in force: nanoseconds, bytes or instructions
  std::uint64_t measured = 0;  ///< what was measured, in the limit's unit
  std::string where;           ///< "script.lua:12" where it is known, else empty
  std::string detail;          ///< error text or traceback

  explicit operator bool() const noexcept { return reason != verdict_reason::none; }
};

}  // namespace moonward::sandbox
