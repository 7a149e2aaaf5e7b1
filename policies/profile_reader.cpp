#include "policies/key_value.hpp"
#include "policies/seccomp_names.hpp"
#include "policies/seccomp_profile.hpp"
#include "policies/toml_node.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <algorithm>
#include <set>

namespace moonward::policies {

namespace {

// Keeps the first error: a profile is ours, so one at a time is enough to mend it.
class profile_parser {
 public:
  explicit profile_parser(std::string_view name) { profile_.name = name; }

  result<profile> parse(const toml::table& document) {
    for (const auto& [key, node] : document) {
      if (key == "summary" && node.is_string()) {
        profile_.summary = node.as_string()->get();
      } else if (key == "include" && node.is_array()) {
        read_includes(*node.as_array());
      } else if ((key == "allow" || key == "refuse") && node.is_array()) {
        read_rules(*node.as_array(),
                   key == "allow" ? syscall_effect::allow : syscall_effect::refuse);
      } else {
        fail(node, fmt::format("{}: is not known or of the wrong type; known are summary "
                               "(string), include (array), [[allow]] and [[refuse]]",
                               shown_key(key.str())));
      }
    }
    if (profile_.summary.empty()) {
      fail(document, "summary: is missing; say what threads of this role do");
    }
    if (error_) {
      return *error_;
    }
    return std::move(profile_);
  }

 private:
  void fail(const toml::node& node, std::string_view message) {
    const text_place place = place_of(node);
    if (!error_) {
      error_ =
          failure{fmt::format("{}:{}:{}: {}", profile_.name, place.line, place.column, message)};
    }
  }

  void read_includes(const toml::array& names) {
    for (const toml::node& node : names) {
      if (const auto* text = node.as_string()) {
        profile_.includes.push_back(text->get());
      } else {
        fail(node, "include: takes strings");
      }
    }
  }

  void read_rules(const toml::array& lines, syscall_effect effect) {
    for (const toml::node& node : lines) {
      if (const auto* table = node.as_table()) {
        read_rule(*table, effect);
      } else {
        fail(node, "allow and refuse take tables: write [[allow]]");
      }
    }
  }

  std::string read_text(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    const auto* text = node == nullptr ? nullptr : node->as_string();
    if (text == nullptr || text->get().empty()) {
      fail(node == nullptr ? table : *node,
           fmt::format("{}: is missing; each line needs one, as a string", key));
      return {};
    }
    return text->get();
  }

  void read_rule(const toml::table& table, syscall_effect effect) {
    syscall_rule rule;
    rule.effect = effect;
    rule.from = profile_.name;
    rule.syscall = read_text(table, "syscall");
    rule.reason = read_text(table, "reason");
    rule.number = ::seccomp_syscall_resolve_name(rule.syscall.c_str());
    if (rule.number == __NR_SCMP_ERROR) {
      fail(table, fmt::format("syscall: {} is not a system call", quote_text(rule.syscall)));
    }
    if (effect == syscall_effect::refuse) {
      rule.error_name = read_text(table, "errno");
      const auto number = constant_value(rule.error_name);
      if (!number || !rule.error_name.starts_with('E')) {
        fail(table, fmt::format("errno: {} is not known", quote_text(rule.error_name)));
      }
      rule.error_number = static_cast<int>(number.value_or(0));
    }
    for (const auto& [key, node] : table) {
      if (key == "where") {
        read_tests(node, rule);
      } else if (key != "syscall" && key != "reason" &&
                 !(key == "errno" && effect == syscall_effect::refuse)) {
        fail(node, fmt::format("{}: is not known; known are syscall, reason, where, and "
                               "errno in [[refuse]]",
                               shown_key(key.str())));
      }
    }
    profile_.rules.push_back(std::move(rule));
  }

  void read_tests(const toml::node& where, syscall_rule& rule) {
    const auto* table = where.as_table();
    if (table == nullptr) {
      fail(where, "where: takes a table, such as { prot = { lacks = \"PROT_EXEC\" } }");
      return;
    }
    for (const auto& [key, node] : *table) {
      const auto index = argument_index(rule.syscall, key.str());
      const auto* conditions = node.as_table();
      if (!index) {
        fail(node,
             fmt::format("where: {} has no argument {}; known are {}", rule.syscall,
                         quote_text(key.str()), fmt::join(argument_names(rule.syscall), ", ")));
      } else if (conditions == nullptr || conditions->empty()) {
        fail(node, "where: takes is, has, lacks or bound for each argument");
      } else {
        argument_test test;
        test.argument = key.str();
        test.index = *index;
        read_conditions(*conditions, test);
        rule.tests.push_back(std::move(test));
      }
    }
  }

  // `has` and `lacks` together make one masked comparison; the others stand alone.
  void read_conditions(const toml::table& conditions, argument_test& test) {
    std::uint64_t has = 0;
    std::uint64_t lacks = 0;
    std::vector<std::string> phrases;
    for (const auto& [key, node] : conditions) {
      if (key == "bound" && node.is_string() && conditions.size() == 1) {
        test.bound = node.as_string()->get();
        test.text = fmt::format("{} is the {}", test.argument, test.bound);
        return;
      }
      const std::vector<named_number> numbers = read_numbers(node);
      std::string list;
      for (const named_number& number : numbers) {
        list += (list.empty() ? "" : key == "is" ? " or " : ", ") + number.name;
      }
      phrases.push_back(fmt::format("{} {} {}", test.argument, key.str(), list));
      if (key == "is" && conditions.size() == 1) {
        for (const named_number& number : numbers) {
          test.values.push_back(number.value);
        }
        test.text = phrases.front();
        return;
      }
      if (key != "has" && key != "lacks") {
        fail(node, "where: takes has and lacks, or is alone, or bound alone");
        return;
      }
      for (const named_number& number : numbers) {
        (key == "has" ? has : lacks) |= number.value;
      }
    }
    if ((has & lacks) != 0 || (has | lacks) == 0) {
      fail(conditions, "where: has and lacks must name different bits, and at least one");
    }
    test.mask = has | lacks;
    test.values = {has};
    test.text = fmt::format("{}", fmt::join(phrases, " and "));
  }

  struct named_number {
    std::string name;
    std::uint64_t value = 0;
  };

  std::vector<named_number> read_numbers(const toml::node& node) {
    std::vector<named_number> numbers;
    if (const auto* array = node.as_array()) {
      for (const toml::node& element : *array) {
        numbers.push_back(read_number(element));
      }
    } else {
      numbers.push_back(read_number(node));
    }
    if (numbers.empty()) {
      fail(node, "where: an empty array would allow nothing");
    }
    return numbers;
  }

  named_number read_number(const toml::node& node) {
    if (const auto* whole = node.as_integer(); whole != nullptr && whole->get() >= 0) {
      return {fmt::format("{}", whole->get()), static_cast<std::uint64_t>(whole->get())};
    }
    if (const auto* name = node.as_string()) {
      if (const auto value = constant_value(name->get())) {
        return {name->get(), *value};
      }
      const std::string_view near = nearest_word(name->get(), constant_names());
      fail(node, fmt::format("where: {} is not a known constant{}", quote_text(name->get()),
                             near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    } else {
      fail(node, "where: takes whole numbers from 0 and names of constants");
    }
    return {};
  }

  profile profile_;
  std::optional<failure> error_;
};

result<void> add_included(std::span<const embedded_file> files, const profile& from,
                          std::set<std::string, std::less<>>& seen, profile& into) {
  for (const std::string& name : from.includes) {
    if (!seen.insert(name).second) {
      continue;
    }
    const embedded_file* file = find_file(files, name + ".toml");
    if (file == nullptr) {
      return failure{
          fmt::format("{}: includes the unknown profile {}", from.name, quote_text(name))};
    }
    result<profile> part = parse_profile(file->text, name);
    if (part.has_error()) {
      return part.error();
    }
    into.rules.insert(into.rules.end(), part->rules.begin(), part->rules.end());
    if (result<void> added = add_included(files, *part, seen, into); added.has_error()) {
      return added.error();
    }
  }
  return {};
}

}  // namespace

result<profile> parse_profile(std::string_view text, std::string_view name) {
  try {
    return profile_parser(name).parse(toml::parse(text, name));
  } catch (const toml::parse_error& syntax) {
    const text_place place = place_of(syntax.source());
    return failure{
        fmt::format("{}:{}:{}: {}", name, place.line, place.column, syntax.description())};
  }
}

result<profile> load_profile(std::span<const embedded_file> files, std::string_view name) {
  const std::string file_name = std::string(name) + ".toml";
  const embedded_file* file = find_file(files, file_name);
  if (file == nullptr) {
    return failure{fmt::format("there is no seccomp profile {}", quote_text(name))};
  }
  result<profile> whole = parse_profile(file->text, name);
  if (whole.has_error()) {
    return whole;
  }
  std::set<std::string, std::less<>> seen{std::string(name)};
  const profile own = *whole;
  if (result<void> added = add_included(files, own, seen, *whole); added.has_error()) {
    return added.error();
  }
  return whole;
}

std::string profile::describe() const {
  std::vector<const syscall_rule*> sorted;
  for (const syscall_rule& rule : rules) {
    sorted.push_back(&rule);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const syscall_rule* left, const syscall_rule* right) {
                     return left->syscall < right->syscall;
                   });
  std::string text = fmt::format("{}: {}\n", name, summary);
  for (const syscall_rule* rule : sorted) {
    std::string what = rule->syscall;
    std::vector<std::string> conditions;
    for (const argument_test& test : rule->tests) {
      conditions.push_back(test.text);
    }
    if (!conditions.empty()) {
      what += fmt::format(" ({})", fmt::join(conditions, ", "));
    }
    if (rule->effect == syscall_effect::refuse) {
      what += fmt::format(" -> {}", rule->error_name);
    }
    text += fmt::format("  {:<24} {}\n", what, rule->reason);
  }
  return text;
}

}  // namespace moonward::policies
