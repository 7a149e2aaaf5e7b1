#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <charconv>

namespace moonward::policies {

namespace {

constexpr std::string_view tenant_prefix = "tenant.";

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      break;
    }
    text.remove_prefix(comma + 1);
  }
  return parts;
}

template <class Number>
bool whole_text(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

// A command line has no quotes and no brackets: the row's kind says how the text is to be taken.
raw_value from_argument(unit_kind unit, std::string_view text) {
  std::int64_t whole = 0;
  double fraction = 0;
  switch (unit) {
    case unit_kind::listen:
    case unit_kind::connect:
    case unit_kind::names: return split_list(text);
    case unit_kind::flag:
      if (text == "true" || text == "false") {
        return text == "true";
      }
      return std::string(text);
    case unit_kind::text:
    case unit_kind::path:
    case unit_kind::choice: return std::string(text);
    default:
      if (whole_text(text, whole)) {
        return whole;
      }
      if (whole_text(text, fraction)) {
        return fraction;
      }
      return std::string(text);
  }
}

struct assignment_text {
  std::string_view key;
  std::string_view value;
};

result<assignment_text> split_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return failure{
        fmt::format("{} is not key=value; write for example memory=64MiB", quote_text(text))};
  }
  return assignment_text{text.substr(0, equals), text.substr(equals + 1)};
}

template <class Subject>
void add_names(std::vector<std::string_view>& names) {
  for (const key_row<Subject>& row : key_table<Subject>()) {
    names.push_back(row.name);
  }
}

failure unknown(std::string_view key, const std::vector<std::string_view>& known) {
  const std::string_view near = nearest_word(key, known);
  std::string text = fmt::format("{}: is not a quota key", quote_text(key));
  if (!near.empty()) {
    text += fmt::format(" (did you mean \"{}\"?)", near);
  }
  text += "; known are ";
  std::string list;
  for (const std::string_view name : known) {
    list += list.empty() ? "" : ", ";
    list += name;
  }
  return {text + list};
}

template <class Subject>
result<void> apply(Subject& quota, const assignment_text& text, std::string_view shown_key) {
  const key_row<Subject>* row = find_key<Subject>(text.key);
  if (row == nullptr) {
    std::vector<std::string_view> names;
    add_names<Subject>(names);
    return unknown(shown_key, names);
  }
  const auto found = assign(*row, quota, from_argument(row->unit, text.value));
  if (!found.empty()) {
    return failure{printable(fmt::format(
        "{} = {}: {}", shown_key, text.value.empty() ? "\"\"" : text.value, found.front().text))};
  }
  return {};
}

}  // namespace

result<void> apply_override(service_quota& quota, std::string_view assignment) {
  const auto text = split_assignment(assignment);
  if (text.has_error()) {
    return text.error();
  }
  return apply(quota, *text, text->key);
}

result<void> apply_override(tenant_quota& quota, std::string_view assignment) {
  const auto text = split_assignment(assignment);
  if (text.has_error()) {
    return text.error();
  }
  return apply(quota, *text, text->key);
}

result<void> apply_override(service_quota& service, tenant_quota& tenant,
                            std::string_view assignment) {
  const auto split = split_assignment(assignment);
  if (split.has_error()) {
    return split.error();
  }
  assignment_text text = *split;
  const std::string_view shown_key = text.key;
  if (text.key.starts_with(tenant_prefix)) {
    text.key.remove_prefix(tenant_prefix.size());
    return apply(tenant, text, shown_key);
  }
  if (find_key<service_quota>(text.key) != nullptr) {
    return apply(service, text, shown_key);
  }
  if (find_key<tenant_quota>(text.key) != nullptr) {
    return apply(tenant, text, shown_key);
  }
  std::vector<std::string_view> names;
  add_names<service_quota>(names);
  for (const key_row<tenant_quota>& row : tenant_keys()) {
    names.push_back(row.name == "memory" ? "tenant.memory" : row.name);
  }
  return unknown(shown_key, names);
}

}  // namespace moonward::policies
