/// What our Beast parsers share: Beast unfolds lines and keeps going, we refuse them.
///
/// Thread: any; plain values.
#pragma once

#include <algorithm>
#include <string_view>

namespace moonward::sandbox::http {

/// Whether the value of a field in `text` was put together from several lines.
[[nodiscard]] inline bool is_folded(std::string_view text, std::string_view name,
                                    std::string_view value) noexcept {
  const char* name_end = name.data() + name.size();
  const char* text_end = text.data() + text.size();
  if (value.data() < name_end || value.data() > text_end) return true;  // Beast's own buffer
  return std::find(name_end, value.data(), '\r') != value.data();
}

}  // namespace moonward::sandbox::http
