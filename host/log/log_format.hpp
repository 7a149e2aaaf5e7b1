/// How a line of the log looks. Pure functions; any thread.
///
///     2026-11-21T20:15:03.123Z acme/chat :00000012 info  text
///
/// Control characters of a text are written as \x1B, so that no script can move a terminal's
/// cursor or fake a line of somebody else: a newline continues the line with an indent.
#pragma once

#include "host/log/log_record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::host {

enum class log_colours : std::uint8_t { off, on };

/// Appends the line of `record`, its newline included.
void append_line(std::string& out, const log_record& record, log_colours colours);

/// Appends the text with control characters escaped; a newline is followed by `indent`.
void append_escaped(std::string& out, std::string_view text, std::string_view indent);

/// Appends "2026-11-21T20:15:03.123Z". `time_ns` is UTC since 1970.
void append_time(std::string& out, std::uint64_t time_ns);

}  // namespace moonward::host
