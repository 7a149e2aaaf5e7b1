#include "sandbox/api/byte_queue.hpp"

#include <algorithm>
#include <cstring>

namespace moonward::sandbox {

namespace {

// Messages below this size cost more than they carry, and so many of them are joined.
constexpr std::size_t small_bytes = 128;
constexpr std::size_t longest_run = 64;

}  // namespace

void byte_queue::append(message* m, std::uint32_t header_bytes) noexcept {
  header_bytes_ = header_bytes;
  if (m->size <= header_bytes) {
    release_message(m);
    return;
  }
  m->next = nullptr;
  if (last_ != nullptr) last_->next = m;
  else first_ = m;
  last_ = m;
  size_ += m->size - header_bytes;
  note_small(m);
}

void byte_queue::note_small(const message* m) noexcept {
  if (m->size - header_bytes_ >= small_bytes) {
    before_run_ = last_;
    run_ = 0;
  } else if (++run_ == longest_run) {
    join_run();
  }
}

void byte_queue::join_run() noexcept {
  message* run = before_run_ != nullptr ? before_run_->next : first_;
  std::size_t bytes = 0;
  for (const message* m = run; m != nullptr; m = m->next) bytes += bytes_of(m).size();
  message* joined = allocate_message(header_bytes_ + bytes, run->account);
  if (joined != nullptr) {
    char* to = reinterpret_cast<char*>(joined->data()) + header_bytes_;
    for (const message* m = run; m != nullptr; m = m->next) {
      const std::string_view part = bytes_of(m);
      std::memcpy(to, part.data(), part.size());
      to += part.size();
    }
    if (before_run_ != nullptr) before_run_->next = joined;
    else first_ = joined;
    if (before_run_ == nullptr) taken_ = 0;
    last_ = joined;
    release_chain(run);
  }
  // Without memory for it the run stays as it is, and the next one begins.
  before_run_ = last_;
  run_ = 0;
}

std::string_view byte_queue::bytes_of(const message* m) const noexcept {
  std::string_view bytes = m->text().substr(header_bytes_);
  if (m == first_) bytes.remove_prefix(taken_);
  return bytes;
}

std::string_view byte_queue::front() const noexcept {
  return first_ != nullptr ? bytes_of(first_) : std::string_view{};
}

void byte_queue::copy(char* to, std::size_t bytes) const noexcept {
  for (const message* m = first_; m != nullptr && bytes > 0; m = m->next) {
    const std::string_view part = bytes_of(m).substr(0, bytes);
    std::memcpy(to, part.data(), part.size());
    to += part.size();
    bytes -= part.size();
  }
}

void byte_queue::drop(std::size_t bytes) noexcept {
  bytes = std::min(bytes, size_);
  size_ -= bytes;
  searched_ -= std::min(searched_, bytes);
  while (bytes > 0) {
    const std::size_t there = bytes_of(first_).size();
    if (bytes < there) {
      taken_ += bytes;
      return;
    }
    bytes -= there;
    message* empty = first_;
    first_ = empty->next;
    taken_ = 0;
    if (before_run_ == empty) before_run_ = nullptr;
    else if (before_run_ == nullptr) --run_;
    release_message(empty);
  }
  if (first_ == nullptr) last_ = nullptr;
}

bool byte_queue::matches(const message* m, std::size_t offset,
                         std::string_view text) const noexcept {
  for (; m != nullptr; m = m->next, offset = 0) {
    const std::string_view part = bytes_of(m).substr(offset, text.size());
    if (part != text.substr(0, part.size())) return false;
    text.remove_prefix(part.size());
    if (text.empty()) return true;
  }
  return false;
}

std::size_t byte_queue::find(std::string_view separator) noexcept {
  if (separator_ != separator) {
    separator_ = separator;
    searched_ = 0;
  }
  if (size_ < separator.size()) return npos;
  const std::size_t last_start = size_ - separator.size();
  std::size_t base = 0;  // where the message's bytes begin
  for (const message* m = first_; m != nullptr; m = m->next) {
    const std::string_view bytes = bytes_of(m);
    std::size_t at = searched_ > base ? searched_ - base : 0;
    while (at < bytes.size() && base + at <= last_start) {
      const void* hit = std::memchr(bytes.data() + at, separator.front(), bytes.size() - at);
      if (hit == nullptr) break;
      at = static_cast<std::size_t>(static_cast<const char*>(hit) - bytes.data());
      if (base + at <= last_start && matches(m, at, separator)) {
        searched_ = base + at;
        return searched_;
      }
      ++at;
    }
    base += bytes.size();
  }
  searched_ = last_start + 1;
  return npos;
}

void byte_queue::clear() noexcept {
  release_chain(first_);
  first_ = last_ = nullptr;
  before_run_ = nullptr;
  run_ = taken_ = size_ = searched_ = 0;
}

}  // namespace moonward::sandbox
