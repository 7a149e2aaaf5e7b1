#include "sandbox/message.hpp"

#include "sandbox/memory/account_credit.hpp"
#include "sandbox/memory/heap.hpp"

#include <cstring>

namespace moonward::sandbox {

message* allocate_message(std::size_t size, memory_account* account) noexcept {
  const std::size_t bytes = sizeof(message) + size;
  if (account != nullptr && !account_credit::charge(*account, bytes)) return nullptr;
  auto* m = static_cast<message*>(heap_allocate(bytes));
  if (m == nullptr) {
    if (account != nullptr) account_credit::release(*account, bytes);
    return nullptr;
  }
  m->next = nullptr;
  m->destination = 0;
  m->source = 0;
  m->account = account;
  m->session = 0;
  m->size = static_cast<std::uint32_t>(size);
  m->type = message_type::text;
  m->origin = message_origin::service;
  m->flags = 0;
  return m;
}

message* make_message(std::string_view bytes, memory_account* account) noexcept {
  message* m = allocate_message(bytes.size(), account);
  if (m != nullptr && !bytes.empty()) std::memcpy(m->data(), bytes.data(), bytes.size());
  return m;
}

void release_message(message* m) noexcept {
  if (m == nullptr) return;
  if (m->account != nullptr) account_credit::release(*m->account, m->footprint());
  heap_free(m);
}

void release_chain(message* first) noexcept {
  while (first != nullptr) {
    message* next = first->next;
    release_message(first);
    first = next;
  }
}

}  // namespace moonward::sandbox
