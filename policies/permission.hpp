// Permissions: the names of the dangerous calls a tenant's services may use. A tenant has none
// unless the operator's file lists them; without it the call raises "not permitted". Invariant: a
// set holds declared permissions only, and its order of printing is that of the enum. Value type;
// any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace moonward::policies {

/// One dangerous ability. All of them reach no further than the tenant's own services, unless said.
enum class permission : std::uint8_t {
  kill,             ///< retire another service at once, without its exit code
  launch,           ///< start a native service by its command line
  inject,           ///< run source text inside another service
  redirect,         ///< send with the source address of another service
  monitor,          ///< be told of the end of every service
  abort,            ///< retire all services of the tenant
  setenv,           ///< change the environment that the tenant's services share
  signal,           ///< interrupt or trace another service
  debug,            ///< read another service's tasks, upvalues and statistics
  register_global,  ///< take a global name, or give one to another service
  native,           ///< use the native modules that the operator has loaded
};

inline constexpr std::size_t permission_count = 11;

/// How a permission is written, and the calls it opens.
struct permission_info {
  permission value;
  std::string_view name;
  std::string_view doc;
};

/// Every permission, in the order of the enum.
[[nodiscard]] const std::array<permission_info, permission_count>& permission_table() noexcept;

/// The name of `value` as it is written in the configuration.
[[nodiscard]] std::string_view to_string(permission value) noexcept;

/// The permission called `name`, or nothing.
[[nodiscard]] std::optional<permission> permission_from(std::string_view name) noexcept;

class permission_set {
 public:
  constexpr permission_set() noexcept = default;
  constexpr permission_set(std::initializer_list<permission> members) noexcept {
    for (const permission member : members) {
      add(member);
    }
  }

  /// Every permission there is, as `exec` gives to a script that the operator trusts.
  [[nodiscard]] static constexpr permission_set all() noexcept {
    permission_set everything;
    everything.bits_ = (1U << permission_count) - 1U;
    return everything;
  }

  constexpr void add(permission member) noexcept { bits_ |= bit(member); }
  constexpr void remove(permission member) noexcept { bits_ &= ~bit(member); }
  [[nodiscard]] constexpr bool has(permission member) const noexcept {
    return (bits_ & bit(member)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr bool operator==(const permission_set&) const noexcept = default;

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(permission member) noexcept {
    return 1U << static_cast<unsigned>(member);
  }

  std::uint32_t bits_ = 0;
};

/// The names in the set, separated by ", "; "none" for the empty set.
[[nodiscard]] std::string to_string(permission_set members);

}  // namespace moonward::policies
