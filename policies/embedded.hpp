#pragma once

#include <string_view>

namespace moonward::policies {

/// A text file that was built into the program (moonward_embed() in cmake/targets.cmake), so that the program needs
/// no file of its own at run time.
///
/// Value. Both views live as long as the process.
struct embedded_file {
  std::string_view name;  ///< path relative to the folder it came from, such as "skynet/queue.lua"
  std::string_view text;
};

}  // namespace moonward::policies
