// What happens when a thread makes a call that its profile doesn't allow: the kernel raises SIGSYS
// in it, the handler here reports role and call, and the process ends with status 159. There is no
// way on from a violation: either the code was subverted, or a profile lacks a line. Every thread
// must leave SIGSYS unblocked, else the kernel kills the process without the report.
#pragma once

#include <cstddef>

namespace moonward::policies {

/// The exit status of a process that was stopped for a violation: 128 + SIGSYS.
inline constexpr int violation_exit_status = 159;

/// Takes the report: "seccomp violation: role worker called openat (257)" and a newline. Runs in a
/// signal handler: async-signal-safe calls only, and only such as every profile allows (write to
/// descriptor 2).
using violation_sink = void (*)(const char* text, std::size_t length);

/// Sets the process's handler of SIGSYS. A null `sink` writes to standard error. Call it once,
/// before the first filter is installed and while only the main thread runs.
void install_violation_handler(violation_sink sink = nullptr) noexcept;

/// Sets the role that a violation by the calling thread is reported under; longer than 15 bytes is
/// cut. install() does it.
void set_violation_role(const char* role) noexcept;

}  // namespace moonward::policies
