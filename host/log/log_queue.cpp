#include "host/log/log_queue.hpp"

#include "sandbox/memory/heap.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <new>

namespace moonward::host {

namespace {

std::uint64_t utc_ns() noexcept {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

// At most `bytes` of the text, without the beginning of a UTF-8 sequence at its end.
std::string_view cut(std::string_view text, std::uint64_t bytes) noexcept {
  if (text.size() <= bytes) return text;
  auto end = static_cast<std::size_t>(bytes);
  while (end > 0 && end + 3 > bytes && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

// Names come from the configuration; a record has 16 bits for their length.
std::string_view short_name(std::string_view name) noexcept { return cut(name, 1024); }

}  // namespace

log_queue::~log_queue() {
  for (log_record* r = take_all(); r != nullptr;) {
    log_record* const next = r->next;
    release(r);
    r = next;
  }
}

log_record* log_queue::make(const log_source& source, log_level level,
                            std::string_view text) noexcept {
  const std::string_view tenant = short_name(source.tenant);
  const std::string_view name = short_name(source.name);
  const std::string_view kept =
      cut(text, std::min<std::uint64_t>(source.line_bytes, std::uint64_t{1} << 24));
  const std::size_t bytes = sizeof(log_record) + tenant.size() + name.size() + kept.size();
  if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > max_bytes_ ||
      (source.account != nullptr && !source.account->charge(bytes))) {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return nullptr;
  }
  void* const memory = sandbox::heap_allocate(bytes);
  if (memory == nullptr) {
    if (source.account != nullptr) source.account->release(bytes);
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return nullptr;
  }
  auto* const r = new (memory) log_record{};
  r->account = source.account;
  r->time_ns = utc_ns();
  r->service = source.service;
  r->tenant_bytes = static_cast<std::uint16_t>(tenant.size());
  r->name_bytes = static_cast<std::uint16_t>(name.size());
  r->text_bytes = static_cast<std::uint32_t>(kept.size());
  r->level = level;
  r->cut = kept.size() < text.size();
  char* at = reinterpret_cast<char*>(r + 1);
  for (const std::string_view part : {tenant, name, kept}) at += part.copy(at, part.size());
  return r;
}

void log_queue::release(log_record* record) noexcept {
  const std::size_t bytes = record->footprint();
  if (record->account != nullptr) record->account->release(bytes);
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  sandbox::heap_free(record);
}

void log_queue::link(log_record* record) noexcept {
  log_record* head = head_.load(std::memory_order_relaxed);
  do record->next = head;
  while (!head_.compare_exchange_weak(head, record, std::memory_order_release,
                                      std::memory_order_relaxed));
  // Whoever finds the queue empty wakes the writer for all that follow.
  if (head == nullptr) wake();
}

bool log_queue::push(log_source& source, log_level level, std::string_view text) noexcept {
  if (!source.rate.take(clock_.now_ns())) {
    source.dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  log_record* const r = make(source, level, text);
  if (r == nullptr) {
    source.dropped.fetch_add(1, std::memory_order_relaxed);
    lost_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (source.dropped.load(std::memory_order_relaxed) != 0)
    r->dropped = source.dropped.exchange(0, std::memory_order_relaxed);
  link(r);
  return true;
}

bool log_queue::push_host(log_level level, std::string_view text) noexcept {
  static const log_source host;  // constant after its construction
  log_record* const r = make(host, level, text);
  if (r == nullptr) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  link(r);
  return true;
}

log_record* log_queue::take_all() noexcept {
  log_record* newest = head_.exchange(nullptr, std::memory_order_acquire);
  log_record* oldest = nullptr;
  while (newest != nullptr) {
    log_record* const next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

void log_queue::wait() noexcept {
  awake_.wait(0, std::memory_order_acquire);
  awake_.exchange(0, std::memory_order_acq_rel);
}

void log_queue::wake() noexcept {
  if (awake_.exchange(1, std::memory_order_acq_rel) == 0) awake_.notify_one();
}

}  // namespace moonward::host
