// The words of profiles: names of arguments by call, and names of constants.
// Inside policies only. Pure functions on constant tables; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace moonward::policies {

/// The position of the argument called `argument` of `syscall`; nothing when there is no such name.
[[nodiscard]] std::optional<unsigned> argument_index(std::string_view syscall,
                                                     std::string_view argument) noexcept;

/// The names that `syscall`'s arguments go by; empty when none are known.
[[nodiscard]] std::vector<std::string_view> argument_names(std::string_view syscall);

/// The value of a constant such as "PROT_EXEC" or "ENOSYS".
[[nodiscard]] std::optional<std::uint64_t> constant_value(std::string_view name) noexcept;

/// The names of all constants.
[[nodiscard]] std::vector<std::string_view> constant_names();

}  // namespace moonward::policies
