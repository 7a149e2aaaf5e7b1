#include "host/bus/service_table.hpp"

#include "host/bus/service_port.hpp"

namespace moonward::host {

service_table::~service_table() {
  for (auto& b : blocks_) delete b.load(std::memory_order_relaxed);
}

service* service_table::allocate(sandbox::handle& id) {
  const std::lock_guard lock{mutex_};
  std::size_t index = 0;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    if (used_ >= (std::size_t{1} << index_bits)) return nullptr;
    index = used_++;
    auto& b = blocks_[index / block_slots];
    if (b.load(std::memory_order_relaxed) == nullptr) b.store(new block, std::memory_order_release);
  }
  service& s = slot(index);
  s.index = static_cast<std::uint32_t>(index);
  id = sandbox::handle{s.generation} << index_bits | index;
  count_.fetch_add(1, std::memory_order_relaxed);
  return &s;
}

void service_table::release(service& s) {
  const std::lock_guard lock{mutex_};
  ++s.generation;
  free_.push_back(s.index);
  count_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace moonward::host
