/// The version of the program, the same as in the top CMakeLists.txt (a test compares them).
///
/// A constant; any thread.
#pragma once

#include <string_view>

namespace moonward::host {

inline constexpr std::string_view version = "0.1.0";

}  // namespace moonward::host
