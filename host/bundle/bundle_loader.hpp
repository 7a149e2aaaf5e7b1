/// Reads a tenant's directory into a bundle.
///
/// All regular files below the root that aren't hidden: `*.lua` and what lies beside them. Names
/// that begin with a dot are skipped, as is what is no file (sockets, pipes, devices). Symbolic
/// links are followed inside the root; one that leaves it is an error, checked on what was really
/// opened, so that exchanging it meanwhile doesn't help. A directory that is reached by way of
/// itself is an error too.
/// Thread: the loader (it blocks on the disk); main at start.
#pragma once

#include "host/bundle/bundle.hpp"

#include "policies/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace moonward::host {

struct bundle_limits {
  std::size_t files = 10'000;                           ///< files and directories
  std::uint64_t file_bytes = std::uint64_t{1} << 20;    ///< of a `*.lua`; others are left out
  std::uint64_t total_bytes = std::uint64_t{64} << 20;  ///< texts and paths together
  std::size_t depth = 32;                               ///< directories within directories
};

/// The bundle, or one line that names the file and what's wrong with it. @thread loader
[[nodiscard]] policies::result<std::unique_ptr<const bundle>> read_bundle(
    const std::filesystem::path& root, const bundle_limits& limits = {});

}  // namespace moonward::host
