/// The table of all services: from handle to slot without a lock.
///
/// A handle is generation << 24 | index: never used twice, since a slot's generation only grows.
/// Slots lie in blocks that are added and never moved.
/// Threads: `find` any, without a lock; the rest takes the table's lock.
#pragma once

#include "host/bus/service.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace moonward::host {

class service_table {
 public:
  static constexpr unsigned index_bits = 24;

  service_table() = default;
  service_table(const service_table&) = delete;
  service_table& operator=(const service_table&) = delete;
  ~service_table();

  /// The slot whose service has this handle and lives; null otherwise. @thread any
  [[nodiscard]] service* find(sandbox::handle id) const noexcept {
    const auto index = static_cast<std::size_t>(id & ((1U << index_bits) - 1));
    const block* b = blocks_[index / block_slots].load(std::memory_order_acquire);
    if (b == nullptr) return nullptr;
    service& s = const_cast<service&>(b->slots[index % block_slots]);
    return s.live.load(std::memory_order_acquire) == id && id != 0 ? &s : nullptr;
  }

  /// A free slot with a fresh handle, not live yet; null when all are taken. @thread any
  [[nodiscard]] service* allocate(sandbox::handle& id);
  /// The slot is free again; its life is gone. @thread worker
  void release(service& s);

  /// Calls f(service&) for each slot that lives, in the order of slots, under the lock.
  template <typename Function>
  void for_each(Function f) const {
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 1; i < used_; ++i) {
      service& s = slot(i);
      if (s.live.load(std::memory_order_acquire) != 0 && s.life != nullptr) f(s);
    }
  }
  /// For what reads or changes `life` from outside.
  [[nodiscard]] std::mutex& mutex() const noexcept { return mutex_; }
  [[nodiscard]] std::size_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t block_slots = 1024;
  static constexpr std::size_t block_count = (std::size_t{1} << index_bits) / block_slots;
  struct block {
    std::array<service, block_slots> slots;
  };
  [[nodiscard]] service& slot(std::size_t index) const noexcept {
    return blocks_[index / block_slots].load(std::memory_order_relaxed)->slots[index % block_slots];
  }

  // Written under the lock (release), read by find (acquire).
  std::array<std::atomic<block*>, block_count> blocks_{};
  mutable std::mutex mutex_;
  std::size_t used_ = 1;  // slot 0 is nobody
  std::vector<std::uint32_t> free_;
  std::atomic<std::size_t> count_{0};  // services that live; relaxed
};

}  // namespace moonward::host
