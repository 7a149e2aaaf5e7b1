// A configuration problem: one thing that is wrong, at its place, with the way out.
// Value type; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace moonward::policies {

struct problem {
  std::string file;
  /// From 1; 0 when the problem is the file itself.
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// The dotted key, "tenants.acme.memory"; empty for a problem of the syntax.
  std::string key;
  /// The value as it is written, shortened; empty when there is none.
  std::string value;
  /// "what is wrong; what is allowed", one line.
  std::string message;

  /// `file:line:column: key = value: what is wrong; what is allowed`, without a newline.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool operator==(const problem&) const = default;
};

/// In the order of the file, without doubles.
void sort_problems(std::vector<problem>& problems);

}  // namespace moonward::policies
