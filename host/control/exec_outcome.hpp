/// How a run of `exec` ended, and how that is told.
///
/// As text the verdict goes to standard error: "moonward: killed: cpu_per_turn: 1.02s of 1.00s at
/// test.lua:12", then the traceback. As JSON it is the last line of standard output, whatever the
/// end was:
///     {"verdict": "finished", "limit": 0, "measured": 0, "unit": null, "where": "", "detail": "",
///      "services": 0, "cpu_ms": 12, "memory_bytes": 0}
/// where "verdict" may also be "timeout" and "interrupted". Thread: main.
#pragma once

#include "host/control/commands.hpp"
#include "host/host.hpp"

#include "sandbox/verdict.hpp"

#include <cstdint>

namespace moonward::host {

enum class exec_ending : std::uint8_t {
  ended,        ///< by the main service's verdict; none: idle, with nothing left to happen
  timeout,      ///< --timeout
  interrupted,  ///< SIGINT or SIGTERM
};

struct exec_outcome {
  exec_ending ending = exec_ending::ended;
  sandbox::verdict why;
  tenant_status used;  ///< as the run ended
};

/// Whether the main service's verdict ends the run at once.
[[nodiscard]] bool is_failure(sandbox::verdict_reason reason) noexcept;

/// The exit code of the command.
[[nodiscard]] int exit_code_of(const exec_outcome& outcome) noexcept;

/// Tells the outcome; the exit code.
[[nodiscard]] int report(const exec_outcome& outcome, const exec_options& options);

}  // namespace moonward::host
