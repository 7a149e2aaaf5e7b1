#include "host/net/outbox.hpp"

#include "sandbox/memory/heap.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace moonward::host {

void outbox::chain::append(chunk* c) noexcept {
  c->next = nullptr;
  if (last != nullptr) last->next = c;
  else first = c;
  last = c;
}

outbox::chunk* outbox::chain::pop() noexcept {
  chunk* c = first;
  if (c == nullptr) return nullptr;
  first = c->next;
  if (first == nullptr) last = nullptr;
  return c;
}

bool outbox::push(std::span<const std::string_view> pieces, std::size_t skip, priority p) noexcept {
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  if (size <= skip) return true;
  size -= skip;
  const std::size_t footprint = sizeof(chunk) + size;
  if (skip != 0) account_.charge_always(footprint);
  else if (!account_.charge(footprint)) return false;
  void* block = sandbox::heap_allocate(footprint);
  if (block == nullptr) {
    account_.release(footprint);
    return false;
  }
  auto* c = new (block) chunk{nullptr, size, 0, p};
  char* to = c->bytes();
  for (std::string_view piece : pieces) {
    const std::size_t skipped = std::min(skip, piece.size());
    skip -= skipped;
    piece.remove_prefix(skipped);
    if (piece.empty()) continue;
    std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  }
  queued_bytes_.fetch_add(size, std::memory_order_acq_rel);
  chunk* head = incoming_.load(std::memory_order_relaxed);
  do c->next = head;
  while (!incoming_.compare_exchange_weak(head, c, std::memory_order_release,
                                          std::memory_order_relaxed));
  return true;
}

void outbox::collect() noexcept {
  chunk* stack = incoming_.exchange(nullptr, std::memory_order_acquire);
  chunk* in_order = nullptr;
  while (stack != nullptr) {
    chunk* next = stack->next;
    stack->next = in_order;
    in_order = stack;
    stack = next;
  }
  while (in_order != nullptr) {
    chunk* next = in_order->next;
    (in_order->order == priority::low ? low_ : normal_).append(in_order);
    in_order = next;
  }
}

std::size_t outbox::gather(std::span<iovec> vectors, std::uint64_t limit) const noexcept {
  std::size_t used = 0;
  const auto add = [&](chunk* c) {
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(c->size - c->sent, limit));
    if (size == 0 || used == vectors.size()) return false;
    vectors[used++] = {c->bytes() + c->sent, size};
    limit -= size;
    return true;
  };
  if (partial_ != nullptr && !add(partial_)) return used;
  for (const chain* waiting : {&normal_, &low_})
    for (chunk* c = waiting->first; c != nullptr; c = c->next)
      if (!add(c)) return used;
  return used;
}

void outbox::sent(std::uint64_t bytes) noexcept {
  queued_bytes_.fetch_sub(bytes, std::memory_order_acq_rel);
  while (bytes > 0) {
    if (partial_ == nullptr) partial_ = pop();
    const auto part = std::min<std::uint64_t>(partial_->size - partial_->sent, bytes);
    partial_->sent += static_cast<std::size_t>(part);
    bytes -= part;
    if (partial_->sent < partial_->size) return;
    release(partial_);
    partial_ = nullptr;
  }
}

void outbox::clear() noexcept {
  collect();
  std::uint64_t dropped = 0;
  const auto drop = [&](chunk* c) {
    dropped += c->size - c->sent;
    release(c);
  };
  if (partial_ != nullptr) drop(partial_);
  partial_ = nullptr;
  while (chunk* c = pop()) drop(c);
  queued_bytes_.fetch_sub(dropped, std::memory_order_acq_rel);
}

outbox::chunk* outbox::pop() noexcept {
  return normal_.first != nullptr ? normal_.pop() : low_.pop();
}

void outbox::release(chunk* c) noexcept {
  account_.release(sizeof(chunk) + c->size);
  sandbox::heap_free(c);
}

}  // namespace moonward::host
