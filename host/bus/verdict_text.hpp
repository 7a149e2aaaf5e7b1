/// A verdict in words: for the log, for callers of what was killed, for `exec`.
#pragma once

#include "sandbox/verdict.hpp"

#include <string>

namespace moonward::host {

/// "cpu_per_turn: 1.02s of 1s at main.lua:12"; without the traceback.
[[nodiscard]] std::string describe(const sandbox::verdict& why);

}  // namespace moonward::host
