#include "policies/key_value.hpp"

#include "policies/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace moonward::policies {

namespace {

using problems = std::vector<value_problem>;

problems one(std::string text) {
  problems list;
  list.push_back({std::move(text), std::nullopt});
  return list;
}

// Numbers of the table are whole but for cores and rates; those print their fraction.
std::string print_bound(unit_kind unit, double bound) {
  switch (unit) {
    case unit_kind::size: return format_size(static_cast<std::uint64_t>(bound));
    case unit_kind::size_rate: return format_size_rate(static_cast<std::uint64_t>(bound));
    case unit_kind::time:
      return format_time(std::chrono::nanoseconds(static_cast<std::int64_t>(bound)));
    case unit_kind::rate: return format_rate(bound);
    default:
      return bound == std::floor(bound) ? fmt::format("{:.0f}", bound) : fmt::format("{}", bound);
  }
}

std::string_view kind_phrase(unit_kind unit) {
  switch (unit) {
    case unit_kind::size: return "a size such as \"16MiB\"";
    case unit_kind::time: return "a time such as \"250ms\"";
    case unit_kind::rate: return "a rate such as \"100/s\"";
    case unit_kind::size_rate: return "a rate such as \"1MiB/s\"";
    case unit_kind::count: return "a whole number";
    case unit_kind::cores: return "a number of cores such as 0.5";
    case unit_kind::flag: return "true or false";
    case unit_kind::text: return "a string";
    case unit_kind::path: return "a path as a string";
    case unit_kind::choice: return "a word";
    case unit_kind::listen: return "an array of patterns such as [\"127.0.0.1:8001\"]";
    case unit_kind::connect: return "an array of patterns such as [\"10.0.0.0/8:443\", \"*:443\"]";
    case unit_kind::names: return "an array of permissions such as [\"kill\"]";
  }
  return "";
}

bool has_bounds(unit_kind unit) {
  switch (unit) {
    case unit_kind::size:
    case unit_kind::time:
    case unit_kind::rate:
    case unit_kind::size_rate:
    case unit_kind::count:
    case unit_kind::cores: return true;
    default: return false;
  }
}

std::string type_phrase(const raw_value& value) {
  struct visitor {
    std::string operator()(bool) const { return "a boolean"; }
    std::string operator()(std::int64_t) const { return "a whole number"; }
    std::string operator()(double) const { return "a number with a fraction"; }
    std::string operator()(const std::string&) const { return "a string"; }
    std::string operator()(const std::vector<std::string>&) const { return "an array"; }
    std::string operator()(const foreign_value& foreign) const { return foreign.type; }
  };
  return std::visit(visitor{}, value);
}

template <class Subject>
std::string bounds_phrase(const key_row<Subject>& row) {
  std::string text;
  if (has_bounds(row.unit)) {
    text = fmt::format("from {} to {}", print_bound(row.unit, row.least),
                       print_bound(row.unit, row.most));
  }
  if (row.off == off_rule::may_be_off) {
    text += R"(, or "off")";
  }
  return text;
}

template <class Subject>
problems wrong_type(const key_row<Subject>& row, const raw_value& value) {
  return one(fmt::format("is {}; {}", type_phrase(value), describe_allowed(row)));
}

template <class Subject>
problems check_bounds(const key_row<Subject>& row, double value) {
  if (value < row.least) {
    return one(fmt::format("is too small; {}", describe_allowed(row)));
  }
  if (!(value <= row.most)) {
    return one(fmt::format("is too large; {}", describe_allowed(row)));
  }
  return {};
}

bool is_off(const raw_value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && *text == "off";
}

bool wants_unit(unit_kind unit) {
  return unit == unit_kind::size || unit == unit_kind::time || unit == unit_kind::rate ||
         unit == unit_kind::size_rate;
}

// The number behind a value of a kind that has bounds, in the kind's base unit.
template <class Number, class Subject>
problems read_number(const key_row<Subject>& row, const raw_value& value, Number& number) {
  if (wants_unit(row.unit)) {
    if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value)) {
      return one(fmt::format("has no unit; {}", describe_allowed(row)));
    }
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) {
      return wrong_type(row, value);
    }
    const auto take = [&](const auto& parsed) -> problems {
      if (parsed.has_error()) {
        return one(fmt::format("{}, {}", parsed.error().text, bounds_phrase(row)));
      }
      if constexpr (requires { parsed->count(); }) {
        number = static_cast<Number>(parsed->count());
      } else {
        number = static_cast<Number>(*parsed);
      }
      return {};
    };
    switch (row.unit) {
      case unit_kind::time: return take(parse_time(*text));
      case unit_kind::rate: return take(parse_rate(*text));
      case unit_kind::size_rate: return take(parse_size_rate(*text));
      default: return take(parse_size(*text));
    }
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    if (*whole < 0) {
      return one(fmt::format("is negative; {}", describe_allowed(row)));
    }
    number = static_cast<Number>(*whole);
    return {};
  }
  if (const auto* fraction = std::get_if<double>(&value)) {
    if (row.unit != unit_kind::cores) {
      return wrong_type(row, value);
    }
    if (!std::isfinite(*fraction)) {
      return one(fmt::format("is not a finite number; {}", describe_allowed(row)));
    }
    number = static_cast<Number>(*fraction);
    return {};
  }
  return wrong_type(row, value);
}

template <class Subject, class Number>
problems assign_number(const key_row<Subject>& row, const raw_value& value, Number& target) {
  Number number{};
  if (problems found = read_number(row, value, number); !found.empty()) {
    return found;
  }
  if (problems found = check_bounds(row, static_cast<double>(number)); !found.empty()) {
    return found;
  }
  target = number;
  return {};
}

constexpr std::array memory_actions{memory_action::refuse, memory_action::kill};
constexpr std::array restart_policies{restart_policy::never, restart_policy::on_failure,
                                      restart_policy::always};

std::string join_quoted(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    text += text.empty() ? "" : ", ";
    text += quote_text(word);
  }
  return text;
}

template <class Choices>
std::vector<std::string_view> words_of(const Choices& choices) {
  std::vector<std::string_view> words;
  for (const auto choice : choices) {
    words.push_back(to_string(choice));
  }
  return words;
}

std::vector<std::string_view> permission_names() {
  std::vector<std::string_view> names;
  for (const permission_info& info : permission_table()) {
    names.push_back(info.name);
  }
  return names;
}

std::string unknown_word(std::string_view what, std::string_view word,
                         const std::vector<std::string_view>& known) {
  const std::string_view near = nearest_word(word, known);
  return fmt::format("{} {}{}; allowed is {}", what, quote_text(word),
                     near.empty() ? "" : fmt::format(" (did you mean {}?)", quote_text(near)),
                     join_quoted(known));
}

template <class Subject, class Choices, class Choice>
problems assign_choice(const key_row<Subject>& row, const raw_value& value, const Choices& choices,
                       Choice& target) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) {
    return one(
        fmt::format("is {}; allowed is {}", type_phrase(value), join_quoted(words_of(choices))));
  }
  for (const Choice choice : choices) {
    if (to_string(choice) == *text) {
      target = choice;
      return {};
    }
  }
  const std::vector<std::string_view> known = words_of(choices);
  const std::string_view near = nearest_word(*text, known);
  static_cast<void>(row);
  return one(fmt::format("is not a choice{}; allowed is {}",
                         near.empty() ? "" : fmt::format(" (did you mean {}?)", quote_text(near)),
                         join_quoted(known)));
}

// An array of strings, or the problem with it.
template <class Subject>
const std::vector<std::string>* as_list(const key_row<Subject>& row, const raw_value& value,
                                        problems& found) {
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list == nullptr) {
    found = wrong_type(row, value);
  }
  return list;
}

problems assign_endpoints(const std::vector<std::string>& list, endpoint_use use,
                          std::vector<endpoint_pattern>& target) {
  problems found;
  std::vector<endpoint_pattern> patterns;
  for (std::size_t index = 0; index < list.size(); ++index) {
    auto pattern = endpoint_pattern::parse(list[index], use);
    if (pattern.has_error()) {
      found.push_back({pattern.error().text, index});
    } else if (std::find(patterns.begin(), patterns.end(), *pattern) != patterns.end()) {
      found.push_back({"is listed twice; name each pattern once", index});
    } else {
      patterns.push_back(*std::move(pattern));
    }
  }
  if (found.empty()) {
    target = std::move(patterns);
  }
  return found;
}

problems assign_permissions(const std::vector<std::string>& list, permission_set& target) {
  problems found;
  permission_set members;
  for (std::size_t index = 0; index < list.size(); ++index) {
    const auto member = permission_from(list[index]);
    if (!member) {
      found.push_back(
          {unknown_word("has the unknown permission", list[index], permission_names()), index});
    } else if (members.has(*member)) {
      found.push_back(
          {fmt::format("has {} twice; name each permission once", quote_text(list[index])), index});
    } else {
      members.add(*member);
    }
  }
  if (found.empty()) {
    target = members;
  }
  return found;
}

template <class Subject>
struct assigner {
  const key_row<Subject>& row;
  Subject& subject;
  const raw_value& value;

  problems operator()(std::uint64_t Subject::*member) const {
    return assign_number(row, value, subject.*member);
  }
  problems operator()(std::optional<std::uint64_t> Subject::*member) const {
    if (row.off == off_rule::may_be_off && is_off(value)) {
      (subject.*member).reset();
      return {};
    }
    std::uint64_t number = 0;
    problems found = assign_number(row, value, number);
    if (found.empty()) {
      subject.*member = number;
    }
    return found;
  }
  problems operator()(double Subject::*member) const {
    if (row.off == off_rule::may_be_off && is_off(value)) {
      subject.*member = 0;
      return {};
    }
    return assign_number(row, value, subject.*member);
  }
  problems operator()(std::chrono::nanoseconds Subject::*member) const {
    std::int64_t nanoseconds = 0;
    problems found = assign_number(row, value, nanoseconds);
    if (found.empty()) {
      subject.*member = std::chrono::nanoseconds(nanoseconds);
    }
    return found;
  }
  problems operator()(bool Subject::*member) const {
    if (const auto* flag = std::get_if<bool>(&value)) {
      subject.*member = *flag;
      return {};
    }
    return wrong_type(row, value);
  }
  problems operator()(std::string Subject::*member) const {
    if (const auto* text = std::get_if<std::string>(&value)) {
      subject.*member = *text;
      return {};
    }
    return wrong_type(row, value);
  }
  problems operator()(std::filesystem::path Subject::*member) const {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) {
      return wrong_type(row, value);
    }
    if (text->find('\0') != std::string::npos) {
      return one("has a zero byte; a path has none");
    }
    subject.*member = *text;
    return {};
  }
  problems operator()(memory_action Subject::*member) const {
    return assign_choice(row, value, memory_actions, subject.*member);
  }
  problems operator()(restart_policy Subject::*member) const {
    return assign_choice(row, value, restart_policies, subject.*member);
  }
  problems operator()(std::vector<endpoint_pattern> Subject::*member) const {
    problems found;
    if (const auto* list = as_list(row, value, found)) {
      const bool listens = row.unit == unit_kind::listen;
      return assign_endpoints(*list, listens ? endpoint_use::listen : endpoint_use::connect,
                              subject.*member);
    }
    return found;
  }
  problems operator()(permission_set Subject::*member) const {
    problems found;
    if (const auto* list = as_list(row, value, found)) {
      return assign_permissions(*list, subject.*member);
    }
    return found;
  }
};

std::string print_number(unit_kind unit, std::uint64_t number) {
  switch (unit) {
    case unit_kind::size: return quote_text(format_size(number));
    case unit_kind::size_rate: return quote_text(format_size_rate(number));
    default: return fmt::format("{}", number);
  }
}

template <class Subject>
struct printer {
  const key_row<Subject>& row;
  const Subject& subject;

  std::string operator()(std::uint64_t Subject::*member) const {
    return print_number(row.unit, subject.*member);
  }
  std::string operator()(std::optional<std::uint64_t> Subject::*member) const {
    const auto& number = subject.*member;
    return number ? print_number(row.unit, *number) : quote_text("off");
  }
  std::string operator()(double Subject::*member) const {
    const double number = subject.*member;
    if (row.unit == unit_kind::rate) {
      return quote_text(number == 0 ? std::string("off") : format_rate(number));
    }
    const std::string text = fmt::format("{}", number);
    return number == std::floor(number) && text.find('.') == std::string::npos ? text + ".0" : text;
  }
  std::string operator()(std::chrono::nanoseconds Subject::*member) const {
    return quote_text(format_time(subject.*member));
  }
  std::string operator()(bool Subject::*member) const { return subject.*member ? "true" : "false"; }
  std::string operator()(std::string Subject::*member) const { return quote_text(subject.*member); }
  std::string operator()(std::filesystem::path Subject::*member) const {
    return quote_text((subject.*member).string());
  }
  std::string operator()(memory_action Subject::*member) const {
    return quote_text(to_string(subject.*member));
  }
  std::string operator()(restart_policy Subject::*member) const {
    return quote_text(to_string(subject.*member));
  }
  std::string operator()(std::vector<endpoint_pattern> Subject::*member) const {
    std::string text;
    for (const endpoint_pattern& pattern : subject.*member) {
      text += text.empty() ? "" : ", ";
      text += quote_text(pattern.to_string());
    }
    return "[" + text + "]";
  }
  std::string operator()(permission_set Subject::*member) const {
    std::vector<std::string_view> names;
    for (const permission_info& info : permission_table()) {
      if ((subject.*member).has(info.value)) {
        names.push_back(info.name);
      }
    }
    return "[" + join_quoted(names) + "]";
  }
};

}  // namespace

template <class Subject>
std::vector<value_problem> assign(const key_row<Subject>& row, Subject& subject,
                                  const raw_value& value) {
  return std::visit(assigner<Subject>{row, subject, value}, row.member);
}

template <class Subject>
void copy_value(const key_row<Subject>& row, const Subject& from, Subject& to) {
  std::visit([&](auto member) { to.*member = from.*member; }, row.member);
}

template <class Subject>
std::string print_value(const key_row<Subject>& row, const Subject& subject) {
  return std::visit(printer<Subject>{row, subject}, row.member);
}

template <class Subject>
std::string describe_allowed(const key_row<Subject>& row) {
  if (row.unit == unit_kind::choice) {
    const bool memory = std::holds_alternative<memory_action Subject::*>(row.member);
    return "write one of " +
           join_quoted(memory ? words_of(memory_actions) : words_of(restart_policies));
  }
  const std::string bounds = bounds_phrase(row);
  return fmt::format("write {}{}{}", kind_phrase(row.unit), bounds.empty() ? "" : ", ", bounds);
}

template std::vector<value_problem> assign(const key_row<service_quota>&, service_quota&,
                                           const raw_value&);
template std::vector<value_problem> assign(const key_row<tenant_quota>&, tenant_quota&,
                                           const raw_value&);
template std::vector<value_problem> assign(const key_row<host_settings>&, host_settings&,
                                           const raw_value&);
template void copy_value(const key_row<service_quota>&, const service_quota&, service_quota&);
template void copy_value(const key_row<tenant_quota>&, const tenant_quota&, tenant_quota&);
template void copy_value(const key_row<host_settings>&, const host_settings&, host_settings&);
template std::string print_value(const key_row<service_quota>&, const service_quota&);
template std::string print_value(const key_row<tenant_quota>&, const tenant_quota&);
template std::string print_value(const key_row<host_settings>&, const host_settings&);
template std::string describe_allowed(const key_row<service_quota>&);
template std::string describe_allowed(const key_row<tenant_quota>&);
template std::string describe_allowed(const key_row<host_settings>&);

}  // namespace moonward::policies
