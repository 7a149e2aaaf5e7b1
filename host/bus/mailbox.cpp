#include "host/bus/mailbox.hpp"

#include <bit>

namespace moonward::host {

using sandbox::message;

mailbox::~mailbox() { sandbox::release_chain(close()); }

// Turns the stack round: oldest first.
message* mailbox::reversed(std::uintptr_t head) noexcept {
  if (is_tag(head)) return nullptr;
  message* newest = std::bit_cast<message*>(head);
  message* oldest = nullptr;
  while (newest != nullptr) {
    message* const next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

push_result mailbox::push(message* m) noexcept {
  std::uintptr_t head = head_.load(std::memory_order_relaxed);
  do {
    if (head == closed_tag) return push_result::closed;
    m->next = is_tag(head) ? nullptr : std::bit_cast<message*>(head);
    // Release: the reader sees what the message holds. Acquire: whoever unblocks the reader takes
    // the service over from the worker that blocked it. Between reading the head and replacing it
    // the stack may have been read and grown again to the same address: then that address is the
    // head once more, and the link is right.
  } while (!head_.compare_exchange_weak(head, std::bit_cast<std::uintptr_t>(m),
                                        std::memory_order_acq_rel, std::memory_order_relaxed));
  return head == blocked_tag ? push_result::unblocked_reader : push_result::queued;
}

void mailbox::open() noexcept { head_.store(blocked_tag, std::memory_order_release); }

message* mailbox::pop() noexcept {
  if (batch_ == nullptr) {
    // Only the owner sets tags: a head that's no tag stays none until the exchange.
    if (is_tag(head_.load(std::memory_order_relaxed))) return nullptr;
    batch_ = reversed(head_.exchange(empty_tag, std::memory_order_acquire));
  }
  message* const m = batch_;
  batch_ = m->next;
  m->next = nullptr;
  return m;
}

bool mailbox::try_block() noexcept {
  if (batch_ != nullptr) return false;
  std::uintptr_t head = empty_tag;
  return head_.compare_exchange_strong(head, blocked_tag, std::memory_order_release,
                                       std::memory_order_relaxed);
}

message* mailbox::close() noexcept {
  message* const later = reversed(head_.exchange(closed_tag, std::memory_order_acq_rel));
  message* const first = batch_;
  batch_ = nullptr;
  if (first == nullptr) return later;
  message* last = first;
  while (last->next != nullptr) last = last->next;
  last->next = later;
  return first;
}

}  // namespace moonward::host
