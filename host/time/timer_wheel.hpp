/// A hierarchical timer wheel with ticks of one millisecond: no thread, no lock, no clock.
///
/// Level 0 has a slot for each tick of the current block of 256; four levels of 64 slots above it
/// reach 2^32 ms (49 days), and what is due later waits in a list of its own. A timer lies on the
/// level of the highest bit in which its due tick differs from the wheel's present, so a slot is
/// always ahead of the present, and a bit map a level finds the next one without stepping through
/// empty ticks. On entering a slot of a higher level its timers move down. Insert and remove are
/// O(1); a timer moves at most five times. Timers of one tick fire in the order of insertion.
/// Thread: one at a time; whoever holds the lock of the wheel's owner.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace moonward::host {

/// What a timer derives from; links nobody else may touch.
struct wheel_node {
  wheel_node* next = nullptr;  ///< null: in no wheel
  wheel_node* prev = nullptr;
  std::uint64_t due_ms = 0;
};

class timer_wheel {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  explicit timer_wheel(std::uint64_t now_ms = 0) noexcept : now_{now_ms} {
    for (wheel_node& slot : slots_) slot.next = slot.prev = &slot;
  }
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Inserts a node that's in no wheel. What is due already fires with the next tick.
  void insert(wheel_node& node, std::uint64_t due_ms) noexcept {
    node.due_ms = due_ms > now_ ? due_ms : now_ + 1;
    link(node);
    ++size_;
  }

  /// Takes out a node that's in the wheel.
  void remove(wheel_node& node) noexcept {
    unlink(node);
    --size_;
  }

  /// Goes on to `now_ms` and calls `fire(node)` for each node that is due, the earliest first. The
  /// node is out of the wheel by then; `fire` may insert and remove nodes. Stops after `limit`
  /// calls: true when it did, and then some may be due still.
  template <class Fire>
  bool advance(std::uint64_t now_ms, Fire&& fire,
               std::size_t limit = std::numeric_limits<std::size_t>::max()) {
    for (std::uint64_t tick = next_due_ms(); tick <= now_ms; tick = next_due_ms()) {
      now_ = tick;
      cascade();
      wheel_node& slot = slots_[tick % level0_slots];
      while (slot.next != &slot) {
        if (limit == 0) return true;
        --limit;
        wheel_node& node = *slot.next;
        remove(node);
        fire(node);
      }
    }
    if (now_ms > now_) now_ = now_ms;
    return false;
  }

  /// When `advance` must be called next: never later than the first timer is due; earlier when
  /// timers have to move down a level on the way. `never` when the wheel is empty.
  [[nodiscard]] std::uint64_t next_due_ms() const noexcept {
    for (unsigned word = 0; word < level0_slots / 64; ++word) {
      if (level0_[word] == 0) continue;
      const auto slot = word * 64U + static_cast<unsigned>(std::countr_zero(level0_[word]));
      return (now_ & ~std::uint64_t{level0_slots - 1}) | slot;
    }
    for (unsigned level = 1; level < levels; ++level) {
      const std::uint64_t bits = upper_[level - 1];
      if (bits == 0) continue;
      const unsigned shift = shift_of(level);
      const std::uint64_t block = now_ >> (shift + level_bits) << (shift + level_bits);
      return block | static_cast<std::uint64_t>(std::countr_zero(bits)) << shift;
    }
    if (slots_[overflow_slot].next != &slots_[overflow_slot])
      return ((now_ >> reach_bits) + 1) << reach_bits;
    return never;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The tick up to which all has fired.
  [[nodiscard]] std::uint64_t now_ms() const noexcept { return now_; }

 private:
  static constexpr unsigned level0_bits = 8;
  static constexpr unsigned level_bits = 6;
  static constexpr unsigned levels = 5;
  static constexpr unsigned level0_slots = 1U << level0_bits;
  static constexpr unsigned level_slots = 1U << level_bits;
  static constexpr unsigned reach_bits = level0_bits + (levels - 1) * level_bits;
  static constexpr std::size_t overflow_slot = level0_slots + (levels - 1) * level_slots;

  static constexpr unsigned shift_of(unsigned level) noexcept {
    return level0_bits + (level - 1) * level_bits;
  }

  [[nodiscard]] std::size_t slot_of(std::uint64_t due_ms) const noexcept {
    const std::uint64_t differs = due_ms ^ now_;
    if (differs < level0_slots) return due_ms % level0_slots;
    if (differs >> reach_bits != 0) return overflow_slot;
    const auto high = static_cast<unsigned>(std::bit_width(differs)) - 1;
    const unsigned level = (high - level0_bits) / level_bits + 1;
    return level0_slots + (level - 1) * level_slots + (due_ms >> shift_of(level)) % level_slots;
  }

  void mark(std::size_t slot) noexcept {
    if (slot < level0_slots) level0_[slot / 64] |= std::uint64_t{1} << slot % 64;
    else if (slot < overflow_slot)
      upper_[(slot - level0_slots) / level_slots] |= std::uint64_t{1} << slot % level_slots;
  }
  void unmark(std::size_t slot) noexcept {
    if (slot < level0_slots) level0_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
    else if (slot < overflow_slot)
      upper_[(slot - level0_slots) / level_slots] &= ~(std::uint64_t{1} << slot % level_slots);
  }

  void link(wheel_node& node) noexcept {
    const std::size_t index = slot_of(node.due_ms);
    wheel_node& slot = slots_[index];
    node.next = &slot;
    node.prev = slot.prev;
    slot.prev->next = &node;
    slot.prev = &node;
    mark(index);
  }
  void unlink(wheel_node& node) noexcept {
    wheel_node* const around = node.next;
    node.prev->next = node.next;
    node.next->prev = node.prev;
    if (around == node.prev) unmark(static_cast<std::size_t>(around - slots_.data()));
    node.next = node.prev = nullptr;
  }

  // Moves the timers of each slot that begins at now_ to where they belong now.
  void cascade() noexcept {
    if ((now_ & ((std::uint64_t{1} << reach_bits) - 1)) == 0) spread(overflow_slot);
    for (unsigned level = levels - 1; level >= 1; --level) {
      const unsigned shift = shift_of(level);
      if ((now_ & ((std::uint64_t{1} << shift) - 1)) != 0) continue;
      spread(level0_slots + (level - 1) * level_slots + (now_ >> shift) % level_slots);
    }
  }
  void spread(std::size_t index) noexcept {
    wheel_node& slot = slots_[index];
    if (slot.next == &slot) return;
    wheel_node* node = std::exchange(slot.next, &slot);
    slot.prev = &slot;
    unmark(index);
    while (node != &slot) {
      wheel_node* const next = node->next;
      link(*node);
      node = next;
    }
  }

  std::uint64_t now_;
  std::size_t size_ = 0;
  std::array<std::uint64_t, level0_slots / 64> level0_{};  // slots that hold timers
  std::array<std::uint64_t, levels - 1> upper_{};
  std::array<wheel_node, overflow_slot + 1> slots_;  // heads of circular lists
};

}  // namespace moonward::host
