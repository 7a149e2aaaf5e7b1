/// A verdict as programs read it (bus/verdict_text.hpp has the words for people).
///
/// Pure functions; any thread.
#pragma once

#include "host/control/json.hpp"

#include "sandbox/verdict.hpp"

#include <string>

namespace moonward::host {

/// {"verdict": "cpu_per_turn", "limit": 1000000000, "measured": 1000312775, "unit": "ns",
///  "where": "test.lua:12", "detail": "stack traceback: …"}; "unit" is "ns", "bytes",
/// "instructions" or null.
[[nodiscard]] json::object verdict_json(const sandbox::verdict& why);

/// Reads verdict_json() back.
[[nodiscard]] sandbox::verdict verdict_from(const json::object& from);

/// The reason of that name; `none` for any other text.
[[nodiscard]] sandbox::verdict_reason reason_from(std::string_view name) noexcept;

}  // namespace moonward::host
