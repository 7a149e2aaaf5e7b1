/// Large blocks that an arena has freed and keeps for the next large ones.
///
/// A script that handles payloads of some hundred KiB makes and drops such a string for each
/// message; to map and unmap each, and take its page faults, costs several times as much as filling
/// it. A few are kept, in the arena's footprint, and go before anything is refused. Thread: the
/// worker that runs the service, inside the arena's busy sections.
#pragma once

#include <array>
#include <cstddef>

namespace moonward::sandbox {

class spare_blocks {
 public:
  struct block {
    void* address = nullptr;
    std::size_t bytes = 0;
  };
  static constexpr std::size_t most_blocks = 4;
  static constexpr std::size_t most_bytes = 4 * 1024 * 1024;

  /// False when there's no room: the caller unmaps it.
  [[nodiscard]] bool keep(void* address, std::size_t bytes) noexcept {
    if (count_ == most_blocks || bytes > most_bytes - bytes_) return false;
    blocks_[count_++] = {address, bytes};
    bytes_ += bytes;
    return true;
  }
  /// One of at least `bytes` and at most a quarter more; an address of null when there's none.
  [[nodiscard]] block take(std::size_t bytes) noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if (blocks_[i].bytes >= bytes && blocks_[i].bytes - bytes <= bytes / 4) return remove(i);
    return {};
  }
  /// Any one; an address of null when there's none.
  [[nodiscard]] block take_any() noexcept { return count_ == 0 ? block{} : remove(count_ - 1); }

 private:
  [[nodiscard]] block remove(std::size_t i) noexcept {
    const block taken = blocks_[i];
    blocks_[i] = blocks_[--count_];
    bytes_ -= taken.bytes;
    return taken;
  }

  std::array<block, most_blocks> blocks_{};
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace moonward::sandbox
