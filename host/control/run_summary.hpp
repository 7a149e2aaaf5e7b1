/// What `run --seconds` says at its end: what each tenant did, who was stopped and why, how fast
/// answers came, and whether anything was lost.
///
/// Pure function; any thread.
#pragma once

#include "host/control/snapshot.hpp"

#include <string>

namespace moonward::host {

[[nodiscard]] std::string run_summary(const snapshot& last);

}  // namespace moonward::host
