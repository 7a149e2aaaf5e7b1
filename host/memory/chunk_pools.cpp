#include "host/memory/chunk_pools.hpp"

#include "sandbox/memory/memory_keys.hpp"

#include <algorithm>

namespace moonward::host {

namespace {

// Of all pools together.
constexpr std::uint32_t dirty_chunks = 64;
constexpr std::uint32_t warm_chunks = 1024;
// 128 MiB a pool: a dropped heap of the usual size is given back to the kernel by the cleaner.
constexpr std::uint32_t surplus_chunks = 2048;
// So many dirty chunks a pool keeps in any case.
constexpr std::uint32_t least_dirty_chunks = 8;

}  // namespace

chunk_pools::chunk_pools() {
  const unsigned count = std::max(1U, sandbox::memory_keys::colours());
  for (unsigned colour = 0; colour < count; ++colour) {
    chunk_pool_limits limits;
    limits.max_dirty = std::max(dirty_chunks / count, least_dirty_chunks);
    limits.max_warm = warm_chunks / count;
    limits.max_surplus = surplus_chunks;
    limits.memory_key = sandbox::memory_keys::key_of(colour);
    pools_.push_back(std::make_unique<chunk_pool>(limits, &bell_));
  }
}

void chunk_pools::run_cleaner() noexcept {
  while (bell_.wait())
    for (const auto& pool : pools_) (void)pool->clean();
}

}  // namespace moonward::host
