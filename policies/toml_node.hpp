// What the reader asks of a parsed TOML node: its place, its value as our own type, its text for a
// problem. Private to policies' sources: it shows toml++.
// Pure functions; any thread.
#pragma once

#include "policies/key_value.hpp"

#include <toml++/toml.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::policies {

struct text_place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

[[nodiscard]] text_place place_of(const toml::source_region& region) noexcept;
[[nodiscard]] text_place place_of(const toml::node& node) noexcept;

/// The node's value; tables, dates and mixed arrays become a foreign_value.
[[nodiscard]] raw_value raw_of(const toml::node& node);

/// The node as TOML in one line, shortened, with control characters escaped.
[[nodiscard]] std::string shown(const toml::node& node);

/// `section.key`, with the key in quotes when it is not a bare one.
[[nodiscard]] std::string dotted(std::string_view section, std::string_view key);

/// The key alone, in quotes when it is not a bare one.
[[nodiscard]] std::string shown_key(std::string_view key);

/// "a table", "a string", ...
[[nodiscard]] std::string type_of(const toml::node& node);

}  // namespace moonward::policies
