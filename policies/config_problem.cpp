#include "policies/config_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace moonward::policies {

std::string problem::text() const {
  std::string text = file;
  if (line != 0) {
    text += fmt::format(":{}:{}", line, column);
  }
  text += ": ";
  if (!key.empty()) {
    text += key;
    if (!value.empty()) {
      text += " = " + value;
    }
    text += ": ";
  }
  return text + message;
}

void sort_problems(std::vector<problem>& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const problem& left, const problem& right) {
    return std::tie(left.line, left.column) < std::tie(right.line, right.column);
  });
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
}

}  // namespace moonward::policies
