// The tables of keys: one row a key, and the row alone says how the key is spelled, in which unit,
// between which bounds, where its value is kept and what it means. Reading, bounds, printing,
// `check` and `exec --quota` all go by these rows, so that none of them can disagree. Invariant:
// names are unique within a table; every default lies within its row's bounds. Constant data; any
// thread.
#pragma once

#include "policies/config.hpp"

#include <span>
#include <string_view>
#include <variant>

namespace moonward::policies {

/// How a value is written.
enum class unit_kind : std::uint8_t {
  size,       ///< "16MiB"
  time,       ///< "250ms"
  rate,       ///< "100/s"
  size_rate,  ///< "1MiB/s"
  count,      ///< a whole number
  cores,      ///< a number with a fraction
  flag,       ///< true or false
  text,       ///< a string
  path,       ///< a string, relative to the file
  choice,     ///< one of a few words
  listen,     ///< an array of endpoint patterns
  connect,    ///< an array of endpoint patterns
  names,      ///< an array of permissions
};

/// Where a row's value is kept in its subject.
template <class Subject>
using member_pointer =
    std::variant<std::uint64_t Subject::*, std::optional<std::uint64_t> Subject::*,
                 double Subject::*, bool Subject::*, std::chrono::nanoseconds Subject::*,
                 std::string Subject::*, std::filesystem::path Subject::*, memory_action Subject::*,
                 restart_policy Subject::*, std::vector<endpoint_pattern> Subject::*,
                 permission_set Subject::*>;

/// Whether "off" is a value of the key: no limit.
enum class off_rule : std::uint8_t { never_off, may_be_off };

template <class Subject>
struct key_row {
  std::string_view name;
  unit_kind unit;
  member_pointer<Subject> member;
  /// Bounds, both included, in the base unit of the kind (bytes, nanoseconds, events or bytes a
  /// second, cores). Of no meaning where the kind has no order.
  double least = 0;
  double most = 0;
  off_rule off = off_rule::never_off;
  /// One sentence for documentation and help.
  std::string_view doc;
};

/// Keys of [defaults.service], [quotas.*], [tenants.*.service] and [tenants.*.services.*].
[[nodiscard]] std::span<const key_row<service_quota>> service_keys() noexcept;
/// Keys of [defaults.tenant] and [tenants.*].
[[nodiscard]] std::span<const key_row<tenant_quota>> tenant_keys() noexcept;
/// Keys of [host].
[[nodiscard]] std::span<const key_row<host_settings>> host_keys() noexcept;

/// The table that belongs to a subject.
template <class Subject>
[[nodiscard]] std::span<const key_row<Subject>> key_table() noexcept;
template <>
[[nodiscard]] inline std::span<const key_row<service_quota>> key_table() noexcept {
  return service_keys();
}
template <>
[[nodiscard]] inline std::span<const key_row<tenant_quota>> key_table() noexcept {
  return tenant_keys();
}
template <>
[[nodiscard]] inline std::span<const key_row<host_settings>> key_table() noexcept {
  return host_keys();
}

/// The row called `name`, or null.
template <class Subject>
[[nodiscard]] const key_row<Subject>* find_key(std::string_view name) noexcept {
  for (const key_row<Subject>& row : key_table<Subject>()) {
    if (row.name == name) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace moonward::policies
