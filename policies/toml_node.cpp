#include "policies/toml_node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::policies {

namespace {

constexpr std::size_t longest_shown = 60;

// Cuts at a character of UTF-8, never inside one.
std::string shortened(std::string text) {
  if (text.size() <= longest_shown) {
    return text;
  }
  std::size_t end = longest_shown - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end) + "...";
}

std::string whole_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return quote_text(node.as_string()->get());
    case toml::node_type::integer: return fmt::format("{}", node.as_integer()->get());
    case toml::node_type::floating_point: return fmt::format("{}", node.as_floating_point()->get());
    case toml::node_type::boolean: return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array: {
      std::string text;
      for (const toml::node& element : *node.as_array()) {
        text += text.empty() ? "" : ", ";
        text += whole_text(element);
        if (text.size() > longest_shown) {
          break;
        }
      }
      return "[" + text + "]";
    }
    case toml::node_type::table: return "{...}";
    default: return type_of(node);
  }
}

}  // namespace

text_place place_of(const toml::source_region& region) noexcept {
  return {region.begin.line, region.begin.column};
}

text_place place_of(const toml::node& node) noexcept { return place_of(node.source()); }

std::string type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time of day";
    case toml::node_type::date_time: return "a date and time";
    default: return "nothing";
  }
}

raw_value raw_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) {
    return flag->get();
  }
  if (const auto* whole = node.as_integer()) {
    return whole->get();
  }
  if (const auto* fraction = node.as_floating_point()) {
    return fraction->get();
  }
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* array = node.as_array()) {
    std::vector<std::string> list;
    for (const toml::node& element : *array) {
      const auto* text = element.as_string();
      if (text == nullptr) {
        return foreign_value{fmt::format("an array with {} in it", type_of(element))};
      }
      list.push_back(text->get());
    }
    return list;
  }
  return foreign_value{type_of(node)};
}

std::string shown(const toml::node& node) { return shortened(whole_text(node)); }

std::string shown_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '-';
  });
  return shortened(bare ? std::string(key) : quote_text(key));
}

std::string dotted(std::string_view section, std::string_view key) {
  return section.empty() ? shown_key(key) : fmt::format("{}.{}", section, shown_key(key));
}

}  // namespace moonward::policies
