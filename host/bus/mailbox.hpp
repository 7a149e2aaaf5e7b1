/// A mailbox: the inbox of one service, written by anybody, read by the worker that owns it.
///
/// Pushers link messages into a lock-free stack; the reader takes the stack as a whole, reverses
/// it into a private batch and reads that: one atomic operation a batch, not one a message.
/// Messages leave in the order in which they were pushed, so those of one sender stay in order.
///
/// Two values of the head are no message: `blocked` (the reader has nothing and isn't scheduled:
/// whoever replaces the value must schedule the service) and `closed` (nothing is taken in).
/// Beside the stack two counters tell what the service has outstanding, in messages and bytes: what
/// was reserved, by senders, less what was settled, by the owner alone and therefore without an
/// atomic addition. They outlive `close`, because a late sender may hold a reservation: it takes it
/// back when it is left with the message.
///
/// A mailbox is type-stable: it may be reopened for another service while late pushers of the
/// former one still look at it. The receiver checks `message::destination`.
///
/// Threads: any pushes and reserves; the rest is for the owner, the one thread that runs (or ends)
/// the service. Ownership passes from one worker to the next through the mailbox (try_block
/// releases, the push that unblocks acquires) or through the run queue.
#pragma once

#include "sandbox/message.hpp"

#include <atomic>
#include <cstdint>

namespace moonward::host {

enum class push_result : std::uint8_t {
  queued,            ///< the reader is scheduled already, or is running
  unblocked_reader,  ///< queued, and the caller must now schedule the service
  closed,            ///< not queued: the message stays the caller's
};

class mailbox {
 public:
  /// Closed until it is opened.
  mailbox() noexcept = default;
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  /// Releases what was never read.
  ~mailbox();

  // -- any thread ---------------------------------------------------------------------------

  /// Puts a message in. The caller has reserved its place before. @thread any
  [[nodiscard]] push_result push(sandbox::message* m) noexcept;

  /// Reserves room for one message of `bytes` (its footprint): counted first, checked after, taken
  /// back when that was too much. False: the mailbox is full. `max_messages` < 2^24 and
  /// `max_bytes` < 2^40. @thread any
  [[nodiscard]] bool reserve(std::uint64_t bytes, std::uint64_t max_messages,
                             std::uint64_t max_bytes) noexcept {
    const std::uint64_t settled = settled_.load(std::memory_order_acquire);
    const std::uint64_t before =
        reserved_.fetch_add(pack(1, bytes), std::memory_order_relaxed) - settled;
    if (messages_in(before) < max_messages && bytes_in(before) + bytes <= max_bytes) return true;
    take_back(bytes);
    return false;
  }
  /// As reserve, for what must not be refused: replies, timers, socket events. @thread any
  void reserve_always(std::uint64_t bytes) noexcept {
    reserved_.fetch_add(pack(1, bytes), std::memory_order_relaxed);
  }
  /// Ends the reservation of one message that was not pushed. @thread any
  void take_back(std::uint64_t bytes) noexcept {
    reserved_.fetch_sub(pack(1, bytes), std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t outstanding_messages() const noexcept {
    return messages_in(outstanding());
  }
  [[nodiscard]] std::uint64_t outstanding_bytes() const noexcept { return bytes_in(outstanding()); }

  // -- the owner ----------------------------------------------------------------------------

  /// Opens the mailbox with a blocked reader: the first push schedules the service. Only on a
  /// closed one. @thread owner
  void open() noexcept;
  /// The same under the name that tells what it is for: the next service of a slot.
  void reopen() noexcept { open(); }

  /// The oldest message, or null. @thread owner
  [[nodiscard]] sandbox::message* pop() noexcept;

  /// Ends `messages` reservations of `bytes` in all; best in batches. @thread owner
  void settle(std::uint64_t messages, std::uint64_t bytes) noexcept {
    settled_.store(settled_.load(std::memory_order_relaxed) + pack(messages, bytes),
                   std::memory_order_release);
  }

  /// True when pop would give null. @thread owner
  [[nodiscard]] bool empty() const noexcept {
    return batch_ == nullptr && is_tag(head_.load(std::memory_order_relaxed));
  }

  /// Gives the service up until the next push: true when it's blocked now, and then the caller
  /// owns it no more; false when a message is there (or the mailbox is closed). @thread owner
  [[nodiscard]] bool try_block() noexcept;

  /// Takes nothing in any more, and returns all that's left, oldest first. @thread owner
  [[nodiscard]] sandbox::message* close() noexcept;

 private:
  // Values of head_; anything else is the address of the message pushed last.
  static constexpr std::uintptr_t empty_tag = 0;
  static constexpr std::uintptr_t blocked_tag = 1;
  static constexpr std::uintptr_t closed_tag = 2;
  static constexpr unsigned count_shift = 40;

  static constexpr bool is_tag(std::uintptr_t head) noexcept { return head <= closed_tag; }
  static constexpr std::uint64_t pack(std::uint64_t messages, std::uint64_t bytes) noexcept {
    return messages << count_shift | bytes;
  }
  static constexpr std::uint64_t messages_in(std::uint64_t packed) noexcept {
    return packed >> count_shift;
  }
  static constexpr std::uint64_t bytes_in(std::uint64_t packed) noexcept {
    return packed & ((std::uint64_t{1} << count_shift) - 1);
  }
  [[nodiscard]] std::uint64_t outstanding() const noexcept {
    const std::uint64_t settled = settled_.load(std::memory_order_acquire);
    return reserved_.load(std::memory_order_relaxed) - settled;
  }
  [[nodiscard]] static sandbox::message* reversed(std::uintptr_t head) noexcept;

  // Any thread: CAS from a tag or a message to a message, acq_rel. The owner: exchange to empty
  // with acquire (sees every message of the stack: each push continues the release sequence of the
  // one before), CAS empty to blocked with release, exchange to closed with acq_rel.
  alignas(64) std::atomic<std::uintptr_t> head_{closed_tag};
  // Sums of pack(1, bytes) modulo 2^64: their difference is exact. Any thread adds to the first and
  // takes back, relaxed. The owner alone stores the second, release, and readers load it, acquire,
  // before the first: so what they see as settled is among what they see as reserved.
  std::atomic<std::uint64_t> reserved_{0};
  std::atomic<std::uint64_t> settled_{0};
  // The owner alone: what it has taken from the stack, oldest first.
  alignas(64) sandbox::message* batch_ = nullptr;
};

}  // namespace moonward::host
