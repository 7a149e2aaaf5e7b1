// Values on their way between text and the members that a table row points at: checking, assigning,
// copying from one layer onto another, printing, and the overrides of `exec --quota K=V`.
// Every refusal reads "what is wrong; what is allowed".
// Pure functions; any thread.
#pragma once

#include "policies/quota_table.hpp"
#include "policies/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace moonward::policies {

/// A value whose type no key takes: a table, a date, an array of other things than strings.
struct foreign_value {
  std::string type;  ///< with its article: "a table"
};

/// A value as it was written, before it is known what it should be.
using raw_value =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, foreign_value>;

/// A refusal, and of which element when the value is an array.
struct value_problem {
  std::string text;
  std::optional<std::size_t> element;
};

/// Checks `value` against the row and assigns it. With a problem returned the subject keeps its
/// former value.
template <class Subject>
[[nodiscard]] std::vector<value_problem> assign(const key_row<Subject>& row, Subject& subject,
                                                const raw_value& value);

/// Copies the row's value from one subject to another.
template <class Subject>
void copy_value(const key_row<Subject>& row, const Subject& from, Subject& to);

/// The row's value as TOML: `"16MiB"`, `0.5`, `["127.0.0.1:80"]`.
template <class Subject>
[[nodiscard]] std::string print_value(const key_row<Subject>& row, const Subject& subject);

/// What the row takes: `a size from 64KiB to 1024GiB, such as "16MiB"`.
template <class Subject>
[[nodiscard]] std::string describe_allowed(const key_row<Subject>& row);

/// Applies "key=value", with the checks and sentences of the file. Values are written without
/// quotes; arrays with commas between. The error starts with "key = value: ".
[[nodiscard]] result<void> apply_override(service_quota& quota, std::string_view assignment);
[[nodiscard]] result<void> apply_override(tenant_quota& quota, std::string_view assignment);

/// As `exec --quota` takes it: "tenant.memory=1GiB" goes to the tenant, "memory=64MiB" to the
/// service, and a key that only one of them has goes there.
[[nodiscard]] result<void> apply_override(service_quota& service, tenant_quota& tenant,
                                          std::string_view assignment);

/// The word among `known` that `word` was probably meant to be; empty if none is near.
[[nodiscard]] std::string_view nearest_word(std::string_view word,
                                            const std::vector<std::string_view>& known);

/// `text` with its control characters escaped as in TOML: one line, safe for a terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// `text` in TOML's double quotes, with control characters escaped, safe for a terminal.
[[nodiscard]] std::string quote_text(std::string_view text);

}  // namespace moonward::policies
