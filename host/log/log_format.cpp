#include "host/log/log_format.hpp"

#include <fmt/format.h>

#include <ctime>
#include <iterator>

namespace moonward::host {

namespace {

constexpr std::string_view indent = "    ";
constexpr std::string_view no_colour = "\x1b[0m";
constexpr std::string_view dim = "\x1b[2m";

std::string_view colour_of(log_level level) noexcept {
  switch (level) {
    case log_level::error: return "\x1b[31m";
    case log_level::warning: return "\x1b[33m";
    case log_level::print:
    case log_level::info: break;
  }
  return {};
}

// Of equal width, so that texts stand below each other.
std::string_view padded(log_level level) noexcept {
  switch (level) {
    case log_level::print: return "print ";
    case log_level::error: return "error ";
    case log_level::warning: return "warn  ";
    case log_level::info: return "info  ";
  }
  return "?     ";
}

// Length of the well-formed UTF-8 sequence at the start of `text`, and its code point; 0 when there
// is none.
struct sequence {
  std::size_t bytes;
  char32_t code_point;
};
sequence first_sequence(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, first};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {0, 0};
  char32_t code_point = first & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return {0, 0};
    code_point = code_point << 6 | (byte(i) & 0x3fU);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code_point < smallest[bytes] || code_point > 0x10ffff ||
      (code_point >= 0xd800 && code_point < 0xe000))
    return {0, 0};
  return {bytes, code_point};
}

// What may go to a terminal: no control character (C0, DEL, C1), no separator of lines, nothing
// that turns the direction of writing.
bool harmless(char32_t c) noexcept {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return c == '\t';
  return c != 0x2028 && c != 0x2029 && !(c >= 0x202a && c <= 0x202e) &&
         !(c >= 0x2066 && c <= 0x2069);
}

// A null `newline` escapes newlines too.
void append_safe(std::string& out, std::string_view text, const std::string_view* newline) {
  while (!text.empty()) {
    const sequence s = first_sequence(text);
    if (s.bytes != 0 && harmless(s.code_point)) {
      out.append(text.substr(0, s.bytes));
      text.remove_prefix(s.bytes);
    } else if (text.front() == '\n' && newline != nullptr) {
      out += '\n';
      out.append(*newline);
      text.remove_prefix(1);
    } else {
      const std::size_t bytes = s.bytes == 0 ? 1 : s.bytes;
      for (const char c : text.substr(0, bytes))
        fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
      text.remove_prefix(bytes);
    }
  }
}

void append_head(std::string& out, const log_record& record, log_level level, log_colours colours) {
  const bool coloured = colours == log_colours::on;
  if (coloured) out.append(dim);
  append_time(out, record.time_ns);
  if (coloured) out.append(no_colour);
  out += ' ';
  if (record.tenant().empty() && record.name().empty()) {
    out.append("host");
  } else {
    append_safe(out, record.tenant(), nullptr);
    if (!record.tenant().empty() && !record.name().empty()) out += '/';
    append_safe(out, record.name(), nullptr);
  }
  out += ' ';
  if (record.service != 0) fmt::format_to(std::back_inserter(out), ":{:08x} ", record.service);
  const std::string_view colour = coloured ? colour_of(level) : std::string_view{};
  out.append(colour);
  out.append(padded(level));
  if (!colour.empty()) out.append(no_colour);
}

}  // namespace

std::string_view to_string(log_level level) noexcept {
  switch (level) {
    case log_level::print: return "print";
    case log_level::error: return "error";
    case log_level::warning: return "warning";
    case log_level::info: return "info";
  }
  return "unknown";
}

void append_time(std::string& out, std::uint64_t time_ns) {
  const std::uint64_t ms = time_ns / 1'000'000;
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                 utc.tm_sec, ms % 1000);
}

void append_escaped(std::string& out, std::string_view text, std::string_view newline_indent) {
  append_safe(out, text, &newline_indent);
}

void append_line(std::string& out, const log_record& record, log_colours colours) {
  if (record.dropped != 0) {
    append_head(out, record, log_level::warning, colours);
    fmt::format_to(std::back_inserter(out), "{} {} of this service dropped\n", record.dropped,
                   record.dropped == 1 ? "line" : "lines");
  }
  append_head(out, record, record.level, colours);
  std::string_view text = record.text();
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  append_escaped(out, text, indent);
  if (record.cut) out.append(" [cut]");
  out += '\n';
}

}  // namespace moonward::host
