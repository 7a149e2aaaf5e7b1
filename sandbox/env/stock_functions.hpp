/// What stays of Lua's stock libraries: allow-lists, and the functions behind the names.
///
/// The functions are static in Lua's sources and can only be had by opening their library, which
/// costs more than all else at the start of a service. So each library is opened once, in a state
/// of no script, and what is allowed of it is noted; new states get it from here. All of these
/// functions have no upvalues: they are the same in every state. (`math` has some; see
/// library_tables.) Thread: any; made on first use, in a host section, and not changed after.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

struct lua_State;

namespace moonward::sandbox {

struct stock_function {
  std::string_view name;
  int (*function)(lua_State*) = nullptr;
};

struct stock_functions {
  std::vector<stock_function> base;
  std::vector<stock_function> string;
  std::vector<stock_function> string_metamethods;  ///< of all strings: arithmetic on numerals
  std::vector<stock_function> table;
  std::vector<stock_function> utf8;
  std::string utf8_charpattern;

  [[nodiscard]] static const stock_functions& get();
  /// Of `base`; it is there.
  [[nodiscard]] int (*base_function(std::string_view name) const)(lua_State*);
};

/// The names that stay of `math`, numbers included.
[[nodiscard]] std::span<const std::string_view> math_names() noexcept;

}  // namespace moonward::sandbox
