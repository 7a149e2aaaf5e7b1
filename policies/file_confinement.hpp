// What the process may do with files, enforced by the kernel's Landlock: the calling thread, and
// every thread launched by it later, opens nothing but what the grants name. What is open already
// stays open. The mechanism alone; which grants a host has is in host/file_access.hpp.
//
// Invariant: once confined there is no way back, and a further call only takes away. Thread: the
// main thread, before it launches any other.
#pragma once

#include "policies/result.hpp"

#include <cstdint>
#include <filesystem>
#include <span>

namespace moonward::policies {

/// Rights over what stands at a path and, for a directory, below it. Combined by `|`.
enum class file_right : std::uint8_t {
  read = 1,    ///< the contents of files
  list = 2,    ///< the names in directories
  write = 4,   ///< the contents of files that exist, and cutting them short
  create = 8,  ///< new regular files and directories
  remove = 16,
};

[[nodiscard]] constexpr file_right operator|(file_right left, file_right right) noexcept {
  return static_cast<file_right>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}

[[nodiscard]] constexpr bool has(file_right rights, file_right one) noexcept {
  return (static_cast<unsigned>(rights) & static_cast<unsigned>(one)) != 0;
}

struct file_grant {
  std::filesystem::path path;  ///< links are followed when the grant is made; missing: no grant
  file_right rights = file_right::read;
};

/// The kernel's version of Landlock, from 1. Fails with why there is none: the kernel lacks it, it
/// isn't switched on, or the build is instrumented (its run-time opens files of its own).
[[nodiscard]] result<int> landlock_version();

/// Confines the calling thread, and sets NO_NEW_PRIVS, which Landlock needs. The version it works
/// with: from 3 on, cutting a file short counts as writing; from 5 on, devices take no control
/// calls; from 6 on, no signal and no abstract Unix socket leads out of the process. Nothing is
/// confined when it fails.
[[nodiscard]] result<int> confine_files(std::span<const file_grant> grants);

}  // namespace moonward::policies
