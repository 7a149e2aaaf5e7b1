/// A worker's credit with a memory account: bytes charged ahead of use.
///
/// Messages come and go by the million, and all workers charge them to the same few accounts. A
/// worker therefore charges a batch at once and pays its messages from that, without touching a
/// counter that others touch too; what it frees goes into the credit and back in batches. So an
/// account may show up to `most_bytes` a busy worker more than is in use; `settle` gives it back.
/// When the account has no room for a batch, the exact amount is charged: the cap refuses no
/// sooner than by the credit that other workers hold.
/// Thread: one object a worker, used on it; `current` finds it, null on all other threads.
#pragma once

#include "sandbox/memory/account.hpp"

#include <cstdint>

namespace moonward::sandbox {

class account_credit {
 public:
  static constexpr std::uint64_t batch_bytes = 16 * 1024;
  static constexpr std::uint64_t most_bytes = 2 * batch_bytes;

  account_credit() noexcept = default;
  ~account_credit() { detach(); }
  account_credit(const account_credit&) = delete;
  account_credit& operator=(const account_credit&) = delete;

  /// Makes this the credit of the calling thread, until `detach`.
  void attach() noexcept { current_ = this; }
  void detach() noexcept {
    settle();
    if (current_ == this) current_ = nullptr;
  }

  /// Gives back what is held. Before the thread sleeps.
  void settle() noexcept {
    if (held_ != 0) account_->release(held_);
    held_ = 0;
    account_ = nullptr;
  }

  /// As memory_account::charge, from the thread's credit where it has one.
  [[nodiscard]] static bool charge(memory_account& account, std::uint64_t bytes) noexcept {
    account_credit* c = current_;
    if (c == nullptr) return account.charge(bytes);
    if (c->account_ == &account && c->held_ >= bytes) [[likely]] {
      c->held_ -= bytes;
      return true;
    }
    return c->take_batch(account, bytes);
  }
  /// As memory_account::release, into the thread's credit.
  static void release(memory_account& account, std::uint64_t bytes) noexcept {
    account_credit* c = current_;
    if (c == nullptr || c->account_ != &account) {
      account.release(bytes);
      return;
    }
    c->held_ += bytes;
    if (c->held_ > most_bytes) {
      account.release(c->held_ - batch_bytes);
      c->held_ = batch_bytes;
    }
  }

 private:
  [[nodiscard]] bool take_batch(memory_account& account, std::uint64_t bytes) noexcept {
    settle();
    if (account.has_room(bytes + batch_bytes) && account.charge(bytes + batch_bytes)) {
      account_ = &account;
      held_ = batch_bytes;
      return true;
    }
    return account.charge(bytes);
  }

  static constinit inline thread_local account_credit* current_ = nullptr;
  memory_account* account_ = nullptr;  // whose bytes are held
  std::uint64_t held_ = 0;
};

}  // namespace moonward::sandbox
