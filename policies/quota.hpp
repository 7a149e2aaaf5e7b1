// Quotas: what one service, and one tenant as a whole, may use. Plain values with their unit in
// each name; the defaults here are the built-in ones, and policies/quota_table.hpp has the bounds,
// the spelling in TOML and the printing of each. Two words are kept apart: a *limit on time*
// (cpu_per_turn, cpu_per_c_call) is measured on the CPU clock and enforced by the monitor; an
// *instruction budget* is counted by the interpreter, is deterministic, and costs speed. Value
// types; any thread.
#pragma once

#include "policies/endpoint_pattern.hpp"
#include "policies/permission.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace moonward::policies {

inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;
inline constexpr std::uint64_t gib = 1024 * mib;

/// What happens to an allocation beyond a service's memory.
enum class memory_action : std::uint8_t {
  refuse,  ///< the allocation fails, after an emergency collection: Lua's "not enough memory"
  kill,    ///< the service is killed, verdict `memory`
};

/// When a service that ended is started again.
enum class restart_policy : std::uint8_t {
  never,
  on_failure,  ///< when it was killed or ended by an error; not after skynet.exit
  always,
};

[[nodiscard]] std::string_view to_string(memory_action value) noexcept;
[[nodiscard]] std::string_view to_string(restart_policy value) noexcept;

/// The limits of one service.
struct service_quota {
  /// Footprint of the Lua arena: every byte the process holds for it, free pages included.
  /// Does not count: the mailbox, messages in flight, socket buffers and the C stack of the worker
  /// (those are the tenant's memory, or the host's).
  std::uint64_t memory_bytes = 16 * mib;

  /// At the limit of memory_bytes. Does not count for the tenant's memory: that always refuses.
  memory_action on_memory = memory_action::refuse;

  /// CPU time from the start of a dispatch or resume until the coroutine yields or ends by itself,
  /// over all its slices. At the limit: killed, verdict `cpu_per_turn`.
  /// Does not count: time waiting for a core, time blocked in a call, other services' work.
  std::chrono::nanoseconds cpu_per_turn = std::chrono::seconds(1);

  /// CPU time of one library call that reaches no interrupt point, compiling included. At the
  /// limit: killed, verdict `cpu_per_c_call`.
  /// Does not count: host functions, which bound themselves.
  std::chrono::nanoseconds cpu_per_c_call = std::chrono::milliseconds(250);

  /// Interpreter instructions a turn; nothing = not counted. At the limit: killed, verdict
  /// `instructions_per_turn`. Deterministic; slows scripts down by a third to a half.
  /// Does not count: work inside library functions and in the collector.
  std::optional<std::uint64_t> instructions_per_turn;

  /// Messages in the mailbox, those of the batch that is being handled included. At the limit the
  /// sender is told. Does not count: replies, timer and socket events, which have room of their
  /// own.
  std::uint64_t mailbox_messages = 10'000;

  /// Bytes of messages waiting in the mailbox, their headers included. At the limit the sender is
  /// told. Does not count: as mailbox_messages.
  std::uint64_t mailbox_bytes = 8 * mib;

  /// Encoded size of one message that this service packs. At the limit pack raises.
  /// Does not count: the header.
  std::uint64_t message_bytes = 1 * mib;

  /// Tables within tables in one message. At the limit pack raises.
  /// Does not count: the arguments' own level.
  std::uint64_t message_depth = 32;

  /// Source text of one chunk. At the limit `load` and the start of the service fail.
  /// Does not count: the sum over all chunks (what they compile to is in memory_bytes).
  std::uint64_t source_bytes = 1 * mib;

  /// Lua threads alive, suspended requests included. At the limit the creating call raises.
  /// Does not count: pooled threads with nothing to do.
  std::uint64_t coroutines = 10'000;

  /// Timers pending. At the limit the creating call raises.
  /// Does not count: deadlines of the host's own calls.
  std::uint64_t timers = 10'000;

  /// Log lines a second, with bursts of one second's worth; 0 = no limit. Beyond it lines are
  /// dropped and counted. Does not count: the host's own lines about the service.
  double log_rate_per_second = 100.0;

  /// Bytes of one log line. A longer line is cut and marked.
  /// Does not count: time, tenant and service in front.
  std::uint64_t log_line_bytes = 4 * kib;

  /// Whether the service is started again when it ends.
  restart_policy restart = restart_policy::on_failure;

  /// Restarts within restart_window before the service is quarantined.
  /// Does not count: restarts that the operator asks for.
  std::uint64_t max_restarts = 5;

  /// The time over which max_restarts counts.
  std::chrono::nanoseconds restart_window = std::chrono::seconds(60);

  /// Pause before the first restart; doubles with each further one within restart_window.
  std::chrono::nanoseconds restart_backoff = std::chrono::milliseconds(100);

  [[nodiscard]] bool operator==(const service_quota&) const = default;
};

/// The limits of one tenant: the sum over its services, and what its services may reach.
struct tenant_quota {
  /// Arenas, mailboxes, messages in flight, socket buffers, bundle and log queue, together. The
  /// allocation or send that would exceed it fails.
  /// Does not count: kernel memory of its sockets, and the host's fixed cost of a service.
  std::uint64_t memory_bytes = 256 * mib;

  /// Cores' worth of CPU time, as a token bucket. A tenant out of tokens waits.
  /// Does not count: the loader's, resolver's and I/O threads' work.
  double cpu_cores = 1.0;

  /// Share under contention: two tenants that both want more get CPU time in proportion.
  /// Does not count while cores are idle.
  std::uint64_t weight = 100;

  /// Services alive. At the limit newservice raises.
  /// Does not count: services that ended and wait for their restart.
  std::uint64_t services = 100;

  /// Starts of services a second, with bursts of one second's worth. At the limit newservice
  /// raises. Does not count: restarts by the host.
  double spawn_rate_per_second = 50.0;

  /// Sockets open, listeners included. At the limit the call raises; a listener stops accepting.
  /// Does not count: resolver requests.
  std::uint64_t sockets = 64;

  /// Where its services may listen. Empty = nowhere.
  std::vector<endpoint_pattern> listen;

  /// Whereto its services may connect. Empty = nowhere.
  std::vector<endpoint_pattern> connect;

  /// Bytes a socket may have waiting to be sent. Beyond it the writer waits.
  /// Does not count: the kernel's own buffer.
  std::uint64_t socket_send_buffer_bytes = 1 * mib;

  /// Bytes a second over all sockets of the tenant, each direction; nothing = no limit. Beyond it
  /// reads and writes wait. Does not count: headers of TCP and IP.
  std::optional<std::uint64_t> socket_rate_bytes_per_second;

  /// The dangerous calls that its services may use.
  permission_set permissions;

  [[nodiscard]] bool operator==(const tenant_quota&) const = default;
};

}  // namespace moonward::policies
