/// The chunk pools of a host: one a colour of memory keys, and the thread that cleans them.
///
/// Tenants share the colours in the order in which they are made. A pool's regions, and all that
/// lies in them, carry the key of its colour; without keys there is one pool for all. Threads: each
/// function says its own.
#pragma once

#include "host/memory/chunk_pool.hpp"

#include <memory>
#include <vector>

namespace moonward::host {

class chunk_pools {
 public:
  /// As many as there are keys: memory_keys::prepare comes first. @thread main
  chunk_pools();

  /// @thread any
  [[nodiscard]] chunk_pool& of_colour(unsigned colour) noexcept {
    return *pools_[colour % pools_.size()];
  }

  /// Gives surplus memory back to the kernel until `stop_cleaner`. @thread cleaner
  void run_cleaner() noexcept;
  /// @thread main
  void stop_cleaner() noexcept { bell_.stop(); }

 private:
  cleaner_bell bell_;
  std::vector<std::unique_ptr<chunk_pool>> pools_;  // fixed from the start
};

}  // namespace moonward::host
