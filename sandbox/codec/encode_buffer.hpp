/// The buffer into which a worker packs Lua values before they become a message.
///
/// It belongs to the worker, not to a service, so that a kill in the middle of packing leaks
/// nothing. Nested packing (a `__pairs` metamethod that packs) appends after what is there.
/// Growth happens in a host section. Thread: one a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace moonward::sandbox {

class encode_buffer {
 public:
  encode_buffer() = default;
  ~encode_buffer();
  encode_buffer(const encode_buffer&) = delete;
  encode_buffer& operator=(const encode_buffer&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return used_; }
  /// Where a new packing begins; drops what an earlier one, left by an error, has behind it.
  [[nodiscard]] std::size_t open() noexcept {
    used_ = base_;
    return base_;
  }
  /// While a metamethod runs in the middle of packing: what is there now stays. Returns the old
  /// base, to be given to set_base afterwards, error or not.
  [[nodiscard]] std::size_t raise_base() noexcept {
    const std::size_t old = base_;
    base_ = used_;
    return old;
  }
  void set_base(std::size_t base) noexcept { base_ = base; }
  [[nodiscard]] std::string_view from(std::size_t offset) const noexcept {
    return {reinterpret_cast<const char*>(data_) + offset, used_ - offset};
  }
  void truncate(std::size_t size) noexcept { used_ = size; }

  /// Room for `bytes` more without growing.
  [[nodiscard]] bool fits(std::size_t bytes) const noexcept { return capacity_ - used_ >= bytes; }
  /// Makes room; false when there's no memory. Call it in a host section.
  [[nodiscard]] bool grow(std::size_t bytes) noexcept;
  /// Only after fits.
  void append(const void* bytes, std::size_t count) noexcept {
    std::memcpy(data_ + used_, bytes, count);
    used_ += count;
  }
  void append_byte(std::uint8_t value) noexcept { data_[used_++] = static_cast<std::byte>(value); }
  void overwrite(std::size_t offset, const void* bytes, std::size_t count) noexcept {
    std::memcpy(data_ + offset, bytes, count);
  }
  /// Forgets the content; gives memory back when a huge message has blown it up.
  void reset() noexcept;

 private:
  std::byte* data_ = nullptr;
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
  std::size_t base_ = 0;
};

}  // namespace moonward::sandbox
