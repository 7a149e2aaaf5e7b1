/// The messages that the network sends to services: socket events and answers to sessions.
///
/// They are charged to the tenant; what must reach the script (the end of a socket, an answer) is
/// sent even if the tenant's account is full. Thread: any.
#pragma once

#include "sandbox/host_port.hpp"
#include "sandbox/memory/account.hpp"

#include <cstdint>
#include <string_view>

namespace moonward::host {

/// An event with its bytes. Never refused by the account; null when the process has no memory.
[[nodiscard]] sandbox::message* event_message(sandbox::memory_account& account,
                                              std::uint64_t socket, sandbox::socket_event event,
                                              std::uint64_t detail,
                                              std::string_view bytes) noexcept;

/// A `data` event whose footprint has been charged to the account before.
[[nodiscard]] sandbox::message* charged_data_message(sandbox::memory_account& account,
                                                     std::uint64_t socket,
                                                     std::string_view bytes) noexcept;
/// What a `data` event of so many bytes costs.
[[nodiscard]] std::uint64_t data_message_footprint(std::uint64_t bytes) noexcept;

/// An answer of packed values.
[[nodiscard]] sandbox::message* answer_message(sandbox::memory_account& account, sandbox::handle to,
                                               std::int32_t session,
                                               std::string_view packed) noexcept;
/// A failure with its text.
[[nodiscard]] sandbox::message* failure_message(sandbox::memory_account& account,
                                                sandbox::handle to, std::int32_t session,
                                                std::string_view text) noexcept;

}  // namespace moonward::host
