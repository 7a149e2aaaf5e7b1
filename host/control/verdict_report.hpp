/// A verdict as people and programs read it.
///
/// Pure functions; any thread.
#pragma once

#include "host/control/json.hpp"

#include "sandbox/verdict.hpp"

#include <string>

namespace moonward::host {

/// One line: "cpu_per_turn: 1.00 s of 1s at test.lua:12", "script_error at main.lua:3",
/// "operator_kill". Without the detail, which may have many lines.
[[nodiscard]] std::string describe(const sandbox::verdict& why);

/// {"verdict": "cpu_per_turn", "limit": 1000000000, "measured": 1000312775, "unit": "ns",
///  "where": "test.lua:12", "detail": "stack traceback: …"}; "unit" is "ns", "bytes",
/// "instructions" or null.
[[nodiscard]] json::object verdict_json(const sandbox::verdict& why);

/// Reads verdict_json() back.
[[nodiscard]] sandbox::verdict verdict_from(const json::object& from);

/// The reason of that name; `none` for any other text.
[[nodiscard]] sandbox::verdict_reason reason_from(std::string_view name) noexcept;

}  // namespace moonward::host
