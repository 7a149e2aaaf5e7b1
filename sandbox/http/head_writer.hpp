/// Composes the head of a message in a given piece of memory.
///
/// When the room is too small it goes on counting, so that the caller knows how much it needs.
/// Thread: any; no allocation.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace moonward::sandbox::http {

class head_writer {
 public:
  head_writer(char* room, std::size_t capacity) noexcept : room_{room}, capacity_{capacity} {}

  void put(std::string_view text) noexcept {
    if (!text.empty() && used_ <= capacity_ && text.size() <= capacity_ - used_)
      std::memcpy(room_ + used_, text.data(), text.size());
    used_ += text.size();
  }
  void put_number(std::uint64_t value, int base) noexcept {
    char digits[24];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, base);
    put({digits, static_cast<std::size_t>(end - digits)});
  }
  void put_field(std::string_view name, std::string_view value) noexcept {
    put(name);
    put(": ");
    put(value);
    put("\r\n");
  }

  [[nodiscard]] bool fits() const noexcept { return used_ <= capacity_; }
  /// Of all that was put.
  [[nodiscard]] std::size_t bytes() const noexcept { return used_; }
  [[nodiscard]] std::string_view text() const noexcept { return {room_, used_}; }

 private:
  char* room_;
  std::size_t capacity_;
  std::size_t used_ = 0;
};

}  // namespace moonward::sandbox::http
