// Text files that travel inside the program: seccomp profiles, Lua modules, built-in services. The
// build turns folders into such lists (moonward_embed in cmake/targets.cmake).
// Value type pointing at constant data; any thread.
#pragma once

#include <span>
#include <string_view>

namespace moonward::policies {

struct embedded_file {
  std::string_view name;  ///< path relative to its folder, such as "skynet/queue.lua"
  std::string_view text;  ///< the whole file
};

/// The file called `name`, or null.
[[nodiscard]] inline const embedded_file* find_file(std::span<const embedded_file> files,
                                                    std::string_view name) noexcept {
  for (const embedded_file& file : files) {
    if (file.name == name) {
      return &file;
    }
  }
  return nullptr;
}

}  // namespace moonward::policies
