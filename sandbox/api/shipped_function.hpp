/// A function on its way to a new service: its code and the values it is called with.
///
/// skynet.service sends them through the host as one string, which no script ever sees: four bytes
/// with the length of the code, the code, the packed arguments. Value types; any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace moonward::sandbox {

using shipped_length = std::uint32_t;

/// The code in `bytes`; the packed arguments come back in `arguments`.
[[nodiscard]] inline std::string_view split_shipped(std::string_view bytes,
                                                    std::string_view& arguments) noexcept {
  shipped_length length = 0;
  if (bytes.size() < sizeof length) return {};
  std::memcpy(&length, bytes.data(), sizeof length);
  bytes.remove_prefix(sizeof length);
  if (length > bytes.size()) return {};
  arguments = bytes.substr(length);
  return bytes.substr(0, length);
}

}  // namespace moonward::sandbox
