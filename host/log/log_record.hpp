/// A line of the log on its way from whoever says it to the log thread.
///
/// One allocation holds the record and its three texts. It is charged to the account of the tenant
/// that causes it until it's written. Thread: has one owner at a time.
#pragma once

#include "sandbox/host_port.hpp"
#include "sandbox/memory/account.hpp"
#include "sandbox/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace moonward::host {

/// `print` is what a script prints; the others are told apart by a word in the line.
using log_level = sandbox::host_port::log_level;

/// "print", "error", "warning", "info".
[[nodiscard]] std::string_view to_string(log_level level) noexcept;

struct log_record {
  log_record* next;                  ///< link of the queue that owns the record
  sandbox::memory_account* account;  ///< who pays until it is written; null: the host
  std::uint64_t time_ns;             ///< UTC, since 1970
  sandbox::handle service;           ///< 0: the host itself
  std::uint64_t dropped;             ///< lines of the service that were dropped before this one
  std::uint32_t text_bytes;
  std::uint16_t tenant_bytes;
  std::uint16_t name_bytes;
  log_level level;
  bool cut;  ///< the text was longer than the service's `log_line`

  [[nodiscard]] std::string_view tenant() const noexcept { return {texts(), tenant_bytes}; }
  [[nodiscard]] std::string_view name() const noexcept {
    return {texts() + tenant_bytes, name_bytes};
  }
  [[nodiscard]] std::string_view text() const noexcept {
    return {texts() + tenant_bytes + name_bytes, text_bytes};
  }
  [[nodiscard]] std::size_t footprint() const noexcept {
    return sizeof(log_record) + tenant_bytes + name_bytes + text_bytes;
  }

 private:
  [[nodiscard]] const char* texts() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }
};

}  // namespace moonward::host
