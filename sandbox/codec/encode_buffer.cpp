#include "sandbox/codec/encode_buffer.hpp"

#include "sandbox/memory/heap.hpp"

#include <algorithm>

namespace moonward::sandbox {

namespace {
constexpr std::size_t first_capacity = 4096;
constexpr std::size_t kept_capacity = 256 * 1024;
}  // namespace

encode_buffer::~encode_buffer() { heap_free(data_); }

bool encode_buffer::grow(std::size_t bytes) noexcept {
  const std::size_t wanted = std::max({first_capacity, capacity_ * 2, used_ + bytes});
  auto* data = static_cast<std::byte*>(heap_allocate(wanted));
  if (data == nullptr) return false;
  if (used_ != 0) std::memcpy(data, data_, used_);
  heap_free(data_);
  data_ = data;
  capacity_ = wanted;
  return true;
}

void encode_buffer::reset() noexcept {
  used_ = 0;
  base_ = 0;
  if (capacity_ <= kept_capacity) return;
  heap_free(data_);
  data_ = nullptr;
  capacity_ = 0;
}

}  // namespace moonward::sandbox
